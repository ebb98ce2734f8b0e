use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use skep_engine::settings::{parse_bytes, parse_length};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Answer a SQL statement with a table.
    Sql(SqlArgs),
    /// Tell what was received, kept, refused and sent on.
    Status(StatusArgs),
    /// Write out what was received: OTLP that equals it, or flat for other tools.
    Export(ExportArgs),
    /// Show a file, a trace or a link in the window.
    Open(OpenArgs),
    /// Print the settings, or change one in its file.
    Settings(SettingsArgs),
    /// Write the manual page and the shells' completions, for a package.
    #[command(hide = true)]
    Generate(GenerateArgs),
    /// Take in files: OTLP as JSON or protobuf, traces of Jaeger or Zipkin, packed by gzip or zstd or not.
    Import(ImportArgs),
    /// Give this moment a name, so that what comes after it can be compared with what came before.
    Mark(MarkArgs),
}

#[derive(ClapArgs)]
pub(crate) struct DataDir {
    /// Where the store lies, instead of where the settings say.
    #[arg(long, env = "SKEP_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The settings file to follow, instead of settings.toml in the system's place for configuration.
    #[arg(long, env = "SKEP_SETTINGS", value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Where to receive OTLP over gRPC; port 0 is any. By another address than loopback it takes only what brings the token
    /// that the ready line shows [default: 127.0.0.1:4317] [settings: receiver.grpc]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) otlp_grpc: Option<SocketAddr>,
    /// Where to receive OTLP over HTTP; port 0 is any. The same holds here [default: 127.0.0.1:4318] [settings: receiver.http]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) otlp_http: Option<SocketAddr>,
    /// Receive from containers too, by the address of this network interface. They reach it as host.docker.internal, with
    /// "host.docker.internal:host-gateway" among their extra_hosts. Who is not on a bridge of this machine brings the token.
    #[arg(
        long,
        env = "SKEP_LISTEN_CONTAINERS",
        value_name = "INTERFACE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "docker0"
    )]
    pub(crate) listen_containers: Option<String>,
    /// Let pages of this origin send too, such as https://shop.example.com; may be given several times. Pages that are
    /// served from this machine always may.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Receive what is sent to this name of the public web too, such as telemetry.example.com; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Where to show the app in a browser; loopback only; port 0 is any.
    #[arg(long, default_value = "127.0.0.1:4319", value_name = "ADDRESS")]
    pub(crate) ui: SocketAddr,
    /// Send everything on to this address as well; may be given several times. Its headers come from the environment,
    /// so that no key stands in the process list: SKEP_FORWARD_HEADERS='x-honeycomb-team=KEY'.
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Vec<String>,
    /// Of what is sent on, only events that this filter lets through: HTTP fields, service.name and the like.
    #[arg(long, value_name = "FILTER", requires = "forward")]
    pub(crate) forward_where: Option<String>,
    /// Of what is sent on, one trace in so many, and every trace with an error; Honeycomb is told the rate.
    #[arg(long, value_name = "N", requires = "forward")]
    pub(crate) forward_sample: Option<u32>,
    /// Seconds that a trace is given to be whole before it is judged.
    #[arg(long, value_name = "SECONDS", requires = "forward", default_value_t = 30)]
    pub(crate) forward_wait: u32,
    /// Take secrets and card numbers out of what is sent on.
    #[arg(long, requires = "forward")]
    pub(crate) forward_scrub: bool,
    /// How big the store may grow, such as 500MiB or 2GiB. Above, the oldest events leave, those of the services first
    /// that hold more than a fair share. 2GiB unless the settings say otherwise.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub(crate) store_max: Option<u64>,
    /// Let events go after this long, such as 12h or 30d; without it they stay until there is no more space.
    #[arg(long, value_name = "DURATION", value_parser = parse_length)]
    pub(crate) keep: Option<Duration>,
    /// Receive nothing while the disk has less free space than this, 256MiB unless the settings say otherwise.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub(crate) disk_free_min: Option<u64>,
    /// What a sender may cost; may be given several times. Sizes: body_bytes=64MiB, in_flight_bytes=256MiB,
    /// header_bytes=16KiB. Counts: connections=1024, streams=128. Times: header_timeout=10s, body_timeout=30s,
    /// idle_timeout=60s. What is kept of a request, over which it is cut, flagged and counted: value_bytes=1MiB,
    /// key_bytes=512, name_bytes=64KiB, attributes=2000, value_items=16384, value_levels=32, request_events=1048576.
    /// These are the defaults.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) limit: Vec<String>,
    /// Events after which a segment is sealed; for tests.
    #[arg(long, hide = true, value_name = "N")]
    pub(crate) seal_rows: Option<usize>,
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
    /// or one of Honeycomb's, as JSON.
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
    /// Tell also what all groups are together, and those that LIMIT and HAVING leave out.
    #[arg(long)]
    pub(crate) total: bool,
    /// Print the query as Honeycomb writes it, and ask nothing.
    #[arg(long)]
    pub(crate) honeycomb: bool,
}

#[derive(ClapArgs)]
pub(crate) struct SqlArgs {
    /// The statement: "select name, attr('http.route') from spans order by duration_ns desc limit 10".
    /// It is read from standard input when it is left out or -; at a terminal there is a prompt.
    #[arg(value_name = "STATEMENT", conflicts_with = "schema")]
    pub(crate) text: Option<String>,
    /// Print the tables and their columns.
    #[arg(long)]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long, conflicts_with_all = ["csv", "schema"])]
    pub(crate) json: bool,
    /// Print CSV, row by row as they are found.
    #[arg(long, conflicts_with = "schema")]
    pub(crate) csv: bool,
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

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Baseline {
    /// Everything else that is compared.
    Rest,
    /// Everything else in the selection's own time.
    SameTime,
    /// What the selection asks for, at other times: says what is new.
    SameValues,
}

#[derive(ClapArgs)]
pub(crate) struct BubbleupArgs {
    /// What is compared at all.
    #[arg(long = "where", value_name = "FILTER", default_value = "")]
    pub(crate) filter: String,
    /// What is picked out of it.
    #[arg(long, value_name = "FILTER", required_unless_present = "since_mark")]
    pub(crate) selection: Option<String>,
    /// Pick what came after the moment of this name (skep mark NAME); the rest is what came before.
    #[arg(long, value_name = "NAME")]
    pub(crate) since_mark: Option<String>,
    /// What is counted.
    #[arg(long, value_enum, default_value = "trace")]
    pub(crate) unit: Unit,
    /// What it is compared with.
    #[arg(long, value_enum, default_value = "rest", conflicts_with = "against")]
    pub(crate) baseline: Baseline,
    /// Compare with what matches this instead, such as "service.version = 1.1.4".
    #[arg(long, value_name = "FILTER")]
    pub(crate) against: Option<String>,
    /// A further field to compare: root.name, parent.service.name, "{DIV($a, $b)}"; may be given several times.
    #[arg(long, value_name = "FIELD")]
    pub(crate) field: Vec<String>,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs)]
pub(crate) struct MarkArgs {
    /// What the moment is called, such as "after the cache".
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) store: DataDir,
}

#[derive(ClapArgs)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// OTLP JSON, a request a line, as the Collector's file exporter writes it.
    OtlpJson,
    /// OTLP protobuf of one signal, each request behind its length in four bytes, big-endian, as the Collector's file
    /// exporter writes it.
    OtlpProto,
    /// A JSON object an event, its fields by the names that queries use.
    Jsonl,
    /// Spans alone, the same fields as columns; text that a spreadsheet would run as a formula has an apostrophe before
    /// it.
    Csv,
    /// Parquet: a row an event, the same fields as typed columns, with zstd. A field whose values are of several types is
    /// text.
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Signal {
    /// Spans with their events and links.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

#[derive(ClapArgs)]
pub(crate) struct ExportArgs {
    /// One trace, 32 hexadecimal digits, with the logs that belong to it.
    #[arg(long, value_name = "ID", conflicts_with_all = ["filter", "since", "start", "end"])]
    pub(crate) trace: Option<String>,
    /// Which spans, logs and points. A span is written whole, with all of its events and links, when one of them matches.
    #[arg(long = "where", value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Only this signal; may be given several times.
    #[arg(long, value_enum)]
    pub(crate) signal: Vec<Signal>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "otlp-json")]
    pub(crate) format: Format,
    /// Where it is written, instead of standard output; the file is there when it is whole.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) store: DataDir,
}

#[derive(ClapArgs)]
pub(crate) struct ImportArgs {
    /// Files of any of these kinds, told by their content; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Send them to this address, such as http://127.0.0.1:4318, instead of to the Skep that runs on the data directory
    /// or, where none runs, into its store.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) store: DataDir,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs)]
pub(crate) struct OpenArgs {
    /// Files to import, a trace's 32 hexadecimal digits, or a link such as skep://trace/4bf92f3577b34da6a3ce929d0e0e4736.
    #[arg(value_name = "FILE")]
    pub(crate) what: Vec<PathBuf>,
}

#[derive(ClapArgs)]
pub(crate) struct SettingsArgs {
    /// One setting, such as storage.max.
    pub(crate) key: Option<String>,
    /// What it shall be from now on.
    #[arg(requires = "key", conflicts_with = "unset", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,
    /// Take it out of the file, so that it is as usual.
    #[arg(long, requires = "key")]
    pub(crate) unset: bool,
    #[command(flatten)]
    pub(crate) store: DataDir,
}

#[derive(ClapArgs)]
pub(crate) struct GenerateArgs {
    /// Where they are written; made when it is missing.
    pub(crate) dir: PathBuf,
}
