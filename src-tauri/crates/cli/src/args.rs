use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// See, explain and compare what your services do, offline.
#[derive(Parser)]
#[command(name = "skep", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Receive, keep, show in a browser, and send on.
    Serve(ServeArgs),
    /// Answer a query with a table.
    Query(QueryArgs),
    /// Print one trace.
    Trace(TraceArgs),
    /// Tell why a selection differs from the rest.
    Bubbleup(BubbleupArgs),
    /// Tell what was received, kept, refused and sent on.
    Status(StatusArgs),
}

#[derive(ClapArgs)]
pub(crate) struct DataDir {
    /// Where the store lies.
    #[arg(long, env = "SKEP_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Where to receive OTLP over gRPC; port 0 is any.
    #[arg(long, default_value = "127.0.0.1:4317", value_name = "ADDRESS")]
    pub(crate) otlp_grpc: SocketAddr,
    /// Where to receive OTLP over HTTP; port 0 is any.
    #[arg(long, default_value = "127.0.0.1:4318", value_name = "ADDRESS")]
    pub(crate) otlp_http: SocketAddr,
    /// Where to show the app in a browser; loopback only; port 0 is any.
    #[arg(long, default_value = "127.0.0.1:4319", value_name = "ADDRESS")]
    pub(crate) ui: SocketAddr,
    /// Send everything on to this address as well; may be given several times. Its headers come from the environment,
    /// so that no key stands in the process list: SKEP_FORWARD_HEADERS='x-honeycomb-team=KEY'.
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Vec<String>,
    /// Keep keys in a file that only you can read, without asking the system's keychain.
    #[arg(long)]
    pub(crate) no_keychain: bool,
}

#[derive(ClapArgs)]
pub(crate) struct Times {
    /// Only what happened this recently, such as 15m, 1h or 2d.
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["start", "end"])]
    pub(crate) since: Option<String>,
    /// From this moment: RFC 3339, or nanoseconds since the Unix epoch.
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// Until just before this moment.
    #[arg(long, value_name = "TIME")]
    pub(crate) end: Option<String>,
}

#[derive(ClapArgs)]
pub(crate) struct QueryArgs {
    /// The query: SELECT COUNT, P99(duration_ms) WHERE error GROUP BY service.name ORDER BY COUNT DESC LIMIT 10
    #[arg(value_name = "TEXT", conflicts_with_all = ["select", "filter", "group_by", "order_by", "limit"])]
    pub(crate) text: Option<String>,
    /// Aggregates, such as COUNT, P99(duration_ms).
    #[arg(long)]
    pub(crate) select: Option<String>,
    /// Which events.
    #[arg(long = "where", value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Fields to group by.
    #[arg(long)]
    pub(crate) group_by: Option<String>,
    /// What to sort by.
    #[arg(long)]
    pub(crate) order_by: Option<String>,
    /// Rows at most.
    #[arg(long)]
    pub(crate) limit: Option<u32>,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs)]
pub(crate) struct TraceArgs {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Unit {
    /// Count each trace once.
    Trace,
    /// Count each event once.
    Event,
}

#[derive(ClapArgs)]
pub(crate) struct BubbleupArgs {
    /// What is compared at all.
    #[arg(long = "where", value_name = "FILTER", default_value = "")]
    pub(crate) filter: String,
    /// What is picked out of it.
    #[arg(long, value_name = "FILTER")]
    pub(crate) selection: String,
    /// What is counted.
    #[arg(long, value_enum, default_value = "trace")]
    pub(crate) unit: Unit,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
