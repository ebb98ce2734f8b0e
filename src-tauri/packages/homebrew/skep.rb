# A cask for Homebrew. The release workflow fills in version and sum; it has not been tried on a Mac.
cask "skep" do
  version "@VERSION@"
  sha256 "@SHA256_DMG@"

  url "https://github.com/skep-dev/skep/releases/download/v#{version}/Skep_#{version}_universal.dmg"
  name "Skep"
  desc "See, explain and compare what your services do, offline"
  homepage "https://github.com/skep-dev/skep"

  depends_on macos: ">= :big_sur"

  app "Skep.app"
  binary "#{appdir}/Skep.app/Contents/MacOS/skep"

  zap trash: [
    "~/Library/Application Support/dev.skep.desktop",
    "~/Library/Caches/dev.skep.desktop",
    "~/Library/WebKit/dev.skep.desktop",
  ]
end
