use std::time::Duration;

/// How much is sent at once, and how long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events of one request at most; a single log entry may hold more and then goes alone.
    pub batch_events: u64,
    /// Bytes of one request's body before compression at most; a single log entry may be larger and then goes alone.
    pub batch_bytes: usize,
    /// For the connection, TLS included.
    pub connect_timeout: Duration,
    /// For the whole request, from the connection to the answer's last byte.
    pub request_timeout: Duration,
    /// Ceiling of the first wait after a failure; each further one doubles it.
    pub backoff_first: Duration,
    /// Where the doubling ends.
    pub backoff_max: Duration,
    /// The longest wait that a destination can ask for with `Retry-After`.
    pub retry_after_max: Duration,
    /// How long a paused destination rests before one request tries whether it has recovered.
    pub probe_interval: Duration,
    /// How often a request is sent that is answered with 408 or 500 before it counts as refused.
    pub server_error_tries: u32,
    /// Refused requests of one batch that are taken apart to find what was wrong; after that they are refused whole.
    pub splits_max: u32,
    /// How long is slept at once while it waits: how soon it notices that the machine woke up or changed its network.
    pub nap: Duration,
    /// Whether bodies are compressed on their way to this machine too, where no wire is spared by that.
    pub compresses_locally: bool,
}

impl Default for Limits {
    /// 2,000 events and 4 MiB stay below every limit that Honeycomb documents (5 MB a request, 2,000 fields).
    fn default() -> Self {
        Self {
            batch_events: 2_000,
            batch_bytes: 4 << 20,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(5 * 60),
            retry_after_max: Duration::from_secs(60 * 60),
            probe_interval: Duration::from_secs(15 * 60),
            server_error_tries: 3,
            splits_max: 128,
            nap: Duration::from_secs(5),
            compresses_locally: false,
        }
    }
}
