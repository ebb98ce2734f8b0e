//! What is asked of the system's allocator.

/// Blocks from this size on are taken from the system one by one, and given back as soon as they are free. Larger than
/// a request's body, so that receiving does not pay for it; smaller than what a comparison remembers of a part of its
/// values.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK_BYTES: libc::c_int = 600 << 10;

/// How much free memory at the heap's end is kept: receiving needs it again at once. Setting the limit above would
/// otherwise leave this one at 128 KiB, and each request would ask the system for its memory.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: libc::c_int = 4 << 20;

/// Keeps what a question needed for a moment from staying with the process, in a program's first lines.
///
/// glibc raises this limit with each large block that is freed, up to 32 MiB, and then keeps such blocks between
/// columns that stay: a comparison of five million events left a hundred megabytes behind.
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library's settings have no safe form")]
    // SAFETY: each takes two numbers, and only changes how later blocks are found.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
    }
}

/// Gives the system what is free between blocks that stay: a start, or a question, leaves some megabytes so. It takes a
/// millisecond or two, in which nobody is given memory; for when nothing else happens.
pub fn give_back_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library's settings have no safe form")]
    // SAFETY: it takes a number, and touches no block that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}
