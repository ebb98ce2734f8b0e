#!/bin/sh
# Lays out what a package brings beside the window: package_tree.sh RELEASE_DIR TREE.
set -eu

release=$1
tree=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
generated=$release/generated
rm -rf "$tree" "$generated"
"$release/skep" generate "$generated"

# put SOURCE PLACE [MODE]
put() {
    install -D -m "${3:-644}" "$1" "$tree/usr/$2"
}

put "$release/skep" bin/skep 755
for page in "$generated"/*.1; do
    # Without a time inside, so that the same sources give the same bytes.
    gzip -9n "$page"
    put "$page.gz" "share/man/man1/${page##*/}.gz"
done
put "$generated/skep.bash" share/bash-completion/completions/skep
put "$generated/skep.fish" share/fish/vendor_completions.d/skep.fish
put "$generated/_skep" share/zsh/vendor-completions/_skep
put "$generated/_skep" share/zsh/site-functions/_skep
put "$here/src-tauri/packages/skep-mime.xml" share/mime/packages/skep.xml
put "$here/src-tauri/packages/dev.skep.desktop.metainfo.xml" share/metainfo/dev.skep.desktop.metainfo.xml
put "$here/icons/skep.svg" share/icons/hicolor/scalable/apps/skep-desktop.svg
for size in 16 24 48; do
    put "$here/icons/${size}x$size.png" "share/icons/hicolor/${size}x$size/apps/skep-desktop.png"
done
put "$here/LICENSE" share/doc/skep/copyright
put "$here/LICENSE-MIT" share/doc/skep/LICENSE-MIT
put "$here/LICENSE-APACHE" share/doc/skep/LICENSE-APACHE
