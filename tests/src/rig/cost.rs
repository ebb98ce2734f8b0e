//! What a running program holds, read from outside of it.

use super::Skep;

/// Bytes of memory, as the kernel counts them.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Now.
    pub now_bytes: u64,
    /// At most, since the program started or [`forget_peak`] was called.
    pub peak_bytes: u64,
}

/// What the program holds now, and held at most.
///
/// # Panics
/// Where the system does not tell, as only Linux does.
#[must_use]
pub fn memory_of(skep: &Skep) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{}/status", skep.ready.pid)).unwrap();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kibibytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
        kibibytes.parse::<u64>().unwrap() * 1024
    };
    Memory { now_bytes: bytes("VmRSS"), peak_bytes: bytes("VmHWM") }
}

/// Counts the peak anew from here on.
pub fn forget_peak(skep: &Skep) {
    std::fs::write(format!("/proc/{}/clear_refs", skep.ready.pid), "5").unwrap();
}

/// Files and sockets that the program has open.
#[must_use]
pub fn n_open_files(skep: &Skep) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", skep.ready.pid)).unwrap().count()
}
