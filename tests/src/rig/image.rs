//! Power cuts: the program writes a file system of its own, in an image that is copied at any moment. What the kernel
//! had not written yet is not in the copy, as it would not be on a disk.
//!
//! The image is mounted in a mount namespace that ends with the program, so nothing stays mounted.

use super::run_to_end;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Times an image is read until it is the same twice.
const COPIES_TRIED: usize = 100;

const IMAGE_MIB: u64 = 96;

/// Mounts `$1` on `$2` and becomes the program that follows.
const MOUNT_AND_RUN: &str = r#"mount -o loop "$1" "$2" && shift 2 && exec "$@""#;

/// An ext4 file system in a file.
#[derive(Debug)]
pub struct Image {
    file: PathBuf,
    mount_point: PathBuf,
}

impl Image {
    /// An empty one below `dir`; none where this system or this user cannot mount one, and then it says so.
    #[must_use]
    pub fn new(dir: &Path, test: &str) -> Option<Self> {
        let image = Self { file: dir.join("disk.img"), mount_point: dir.join("disk") };
        std::fs::create_dir(&image.mount_point).unwrap();
        std::fs::File::create(&image.file).unwrap().set_len(IMAGE_MIB << 20).unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-F", "-m0"]).arg(&image.file).output();
        let can = made.is_ok_and(|made| made.status.success())
            && Command::new("unshare")
                .args(&image.under()[1..])
                .arg("true")
                .output()
                .is_ok_and(|o| o.status.success());
        if !can {
            println!("{test}: NOT RUN, only root on Linux can mount the image of a disk");
        }
        can.then_some(image)
    }

    /// Where its data directory is, for a program that runs under it.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.mount_point.join("data")
    }

    /// Runs a program that sees the image mounted.
    #[must_use]
    pub fn under(&self) -> Vec<String> {
        mounted(&self.file, &self.mount_point)
    }

    /// The size of a file of the data directory, as the program sees it that the image is mounted for.
    #[must_use]
    pub fn file_bytes(&self, pid: i32, name: &str) -> u64 {
        let path = self.data_dir().join(name);
        let below_root = path.strip_prefix("/").expect("an absolute path");
        std::fs::metadata(Path::new(&format!("/proc/{pid}/root")).join(below_root)).unwrap().len()
    }

    /// What a power cut would leave now: copies the image, lets the file system recover, and gives its data
    /// directory below `dir`, if there was one yet.
    #[must_use]
    pub fn cut(&self, dir: &Path) -> Option<PathBuf> {
        let (copy, mount_point, data) = (dir.join("cut.img"), dir.join("cut"), dir.join("data"));
        copy_of_one_moment(&self.file, &copy);
        std::fs::create_dir_all(&mount_point).unwrap();
        let words = mounted(&copy, &mount_point);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["sh", "-c", r#"! [ -e "$1/data" ] || cp -a "$1/data" "$2""#, "sh"]);
        run_to_end(command.arg(&mount_point).arg(&data));
        std::fs::remove_file(&copy).unwrap();
        data.exists().then_some(data)
    }
}

/// Copies a file that the kernel may still be writing dirty pages to: a copy that took the journal of one moment and
/// the data of another would be of no power cut there is. Two copies that are equal are of one moment.
fn copy_of_one_moment(file: &Path, copy: &Path) {
    let mut before = std::fs::read(file).unwrap();
    for _ in 0..COPIES_TRIED {
        let now = std::fs::read(file).unwrap();
        if now == before {
            std::fs::write(copy, now).unwrap();
            return;
        }
        before = now;
    }
    panic!("the image of a program that is held keeps changing");
}

fn mounted(file: &Path, mount_point: &Path) -> Vec<String> {
    let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let words = ["unshare", "-m", "sh", "-c", MOUNT_AND_RUN, "sh"];
    words.map(str::to_owned).into_iter().chain([text(file), text(mount_point)]).collect()
}
