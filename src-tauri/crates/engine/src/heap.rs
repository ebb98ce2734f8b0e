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

/// Address space that a process of one question asks for at once. What it does not touch costs nothing.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_PAGES_BYTES: libc::c_int = 256 << 20;

/// The largest block that the C library lets a heap hold.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAP_BLOCK_BYTES_MAX: libc::c_int = 32 << 20;

/// What a large page is aligned to.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_PAGE_BYTES: usize = 2 << 20;

/// Keeps what a question needed for a moment from staying with the process, in a program's first lines.
///
/// glibc raises this limit with each large block that is freed, up to 32 MiB, and then keeps such blocks between
/// columns that stay: a comparison of five million events left a hundred megabytes behind.
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        set_heap(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
        set_heap(libc::M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
    }
}

/// For a process that answers one question and ends, in its first lines: memory comes in pages of 2 MiB, where the system
/// has any, and stays with the process.
///
/// A question fills tens of megabytes that were never used before, and getting them page by page takes a third of its
/// time: 21,000 times for P99 of five million durations, 1,200 times in large pages.
pub fn use_large_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // One heap for all threads, which lies where the program's data ends and grows from there.
        set_heap(libc::M_ARENA_MAX, 1);
        set_heap(libc::M_MMAP_THRESHOLD, HEAP_BLOCK_BYTES_MAX);
        set_heap(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        set_heap(libc::M_TOP_PAD, LARGE_PAGES_BYTES);
        let before = end_of_heap();
        // More than is left of it, and so it grows.
        drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT_BYTES as usize)));
        let grown_bytes = end_of_heap().addr().saturating_sub(before.addr());
        set_heap(libc::M_TOP_PAD, KEPT_BYTES);
        // Else the heap goes on elsewhere, in pages of the usual size.
        if grown_bytes >= LARGE_PAGES_BYTES as usize {
            let n_skipped = before.align_offset(LARGE_PAGE_BYTES);
            #[expect(unsafe_code, reason = "the system's settings have no safe form")]
            // SAFETY: the range is what the heap has just grown by, and its contents stay what they are.
            unsafe {
                let first = before.wrapping_byte_add(n_skipped);
                libc::madvise(first.cast(), grown_bytes - n_skipped, libc::MADV_HUGEPAGE);
            }
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn set_heap(setting: libc::c_int, value: libc::c_int) {
    #[expect(unsafe_code, reason = "the C library's settings have no safe form")]
    // SAFETY: it takes two numbers, and only changes how later blocks are found.
    unsafe {
        libc::mallopt(setting, value);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn end_of_heap() -> *mut u8 {
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: a step of no bytes changes nothing.
    unsafe {
        libc::sbrk(0).cast()
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
