//! What the web view paints with.

/// Lets it paint by the CPU where there is no GPU: it would have the CPU play one, which is slower and takes 25 MB more.
/// To be called before there is another thread.
pub(crate) fn fit() {
    #[cfg(target_os = "linux")]
    if std::env::var_os(CPU_PAINTS).is_none() && !is_gpu_there() {
        #[expect(unsafe_code, reason = "the web view is told by its environment alone")]
        // SAFETY: no other thread reads or writes the environment yet.
        unsafe {
            std::env::set_var(CPU_PAINTS, "1");
        }
    }
}

/// WebKitGTK's own variable; who sets it is heard.
#[cfg(target_os = "linux")]
const CPU_PAINTS: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

#[cfg(target_os = "linux")]
fn is_gpu_there() -> bool {
    let is_node = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().as_encoded_bytes().starts_with(b"renderD"))
    };
    // A driver of NVIDIA's may have no such node.
    std::fs::read_dir("/dev/dri").is_ok_and(|mut entries| entries.any(is_node))
        || std::path::Path::new("/dev/nvidiactl").exists()
}
