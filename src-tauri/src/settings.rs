use std::net::SocketAddr;
use std::path::PathBuf;

/// What the environment may say; a window has no command line to speak of.
pub(crate) struct Settings {
    /// `SKEP_DATA_DIR`.
    pub(crate) data_dir: PathBuf,
    /// `SKEP_OTLP_GRPC`.
    pub(crate) grpc: SocketAddr,
    /// `SKEP_OTLP_HTTP`.
    pub(crate) http: SocketAddr,
    /// `SKEP_LISTEN_CONTAINERS`: the network interface that containers use, such as `docker0`.
    pub(crate) containers: Option<String>,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, String> {
        let data_dir =
            std::env::var_os("SKEP_DATA_DIR").map(PathBuf::from).or_else(skep_engine::default_data_dir);
        Ok(Self {
            data_dir: data_dir.ok_or("this system names no home directory; set SKEP_DATA_DIR")?,
            grpc: address("SKEP_OTLP_GRPC", "127.0.0.1:4317")?,
            http: address("SKEP_OTLP_HTTP", "127.0.0.1:4318")?,
            containers: std::env::var("SKEP_LISTEN_CONTAINERS").ok().filter(|name| !name.is_empty()),
        })
    }
}

fn address(name: &str, default: &str) -> Result<SocketAddr, String> {
    let text = std::env::var(name).unwrap_or_else(|_| default.to_owned());
    text.parse().map_err(|_| format!("{name}={text} is not an address such as {default}"))
}
