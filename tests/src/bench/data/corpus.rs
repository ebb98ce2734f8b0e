use super::stream::{LASTS_NS, START_NS, Shape, Stream};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Grows with every change of what is generated, so that no file of an older generator is taken for a new one.
const GENERATOR_VERSION: u32 = 1;

/// Fast, and a tenth of the size: the file is read once a round.
const ZSTD_LEVEL: i32 = 1;

/// Shares of the spans that the three selections pick, by duration.
pub const SELECTED_SHARES: [f64; 3] = [0.004, 0.065, 0.33];

/// Traces that are asked for by id.
const N_SAMPLED_TRACES: usize = 64;

/// The data of a run, in a file: for each request its length in bytes (u32, little-endian), then its bytes; all of it
/// one zstd stream.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The requests.
    pub path: PathBuf,
    /// What they hold.
    pub facts: Facts,
}

/// What is known of the data from making it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Spans in all.
    pub spans: usize,
    /// Bytes of the requests.
    pub wire_bytes: u64,
    /// The spans longer than this are [`SELECTED_SHARES`] of all.
    pub thresholds_ns: [u64; 3],
    /// Some traces, evenly spread.
    pub trace_ids: Vec<String>,
    /// The first moment.
    pub start_ns: u64,
    /// How long it lasts.
    pub lasts_ns: u64,
}

impl Corpus {
    /// The data of this shape: what an earlier run left in `dir`, or made now.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn of(shape: Shape, dir: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let Shape { spans, one_trace, seed } = shape;
        let kind = if one_trace { "trace" } else { "spans" };
        let name = format!("{kind}-{spans}-seed{seed}-v{GENERATOR_VERSION}");
        let (path, facts_path) = (dir.join(format!("{name}.zst")), dir.join(format!("{name}.json")));
        // The facts are written last: where they are, the requests are whole.
        if let Ok(text) = std::fs::read_to_string(&facts_path) {
            return Ok(Self { path, facts: serde_json::from_str(&text)? });
        }
        let facts = write(shape, &path)?;
        std::fs::write(&facts_path, serde_json::to_vec(&facts)?)?;
        Ok(Self { path, facts })
    }

    /// The requests, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn requests(&self) -> std::io::Result<Requests> {
        Ok(Requests(BufReader::new(zstd::Decoder::new(File::open(&self.path)?)?)))
    }
}

fn write(shape: Shape, path: &Path) -> std::io::Result<Facts> {
    let mut file = zstd::Encoder::new(BufWriter::new(File::create(path)?), ZSTD_LEVEL)?;
    let (mut stream, mut wire_bytes, mut n_spans) = (Stream::new(shape), 0, 0);
    for request in stream.by_ref() {
        let n_bytes = u32::try_from(request.bytes.len()).map_err(std::io::Error::other)?;
        file.write_all(&n_bytes.to_le_bytes())?;
        file.write_all(&request.bytes)?;
        wire_bytes += u64::from(n_bytes);
        n_spans += request.n_spans;
    }
    file.finish()?.into_inner()?.sync_all()?;
    let mut durations_ns = stream.durations_ns;
    durations_ns.sort_unstable();
    let last = durations_ns.len().saturating_sub(1);
    #[allow(clippy::cast_sign_loss, reason = "a share of a count")]
    let threshold = |share: f64| durations_ns[((1.0 - share) * last as f64) as usize];
    let step = stream.trace_ids.len().div_ceil(N_SAMPLED_TRACES).max(1);
    Ok(Facts {
        spans: n_spans,
        wire_bytes,
        thresholds_ns: SELECTED_SHARES.map(threshold),
        trace_ids: stream.trace_ids.iter().step_by(step).map(const_hex::encode).collect(),
        start_ns: START_NS,
        lasts_ns: LASTS_NS,
    })
}

/// Reads the requests of a [`Corpus`].
pub struct Requests(BufReader<zstd::Decoder<'static, BufReader<File>>>);

impl Iterator for Requests {
    type Item = std::io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut n_bytes = [0; 4];
        match self.0.read_exact(&mut n_bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return None,
            Err(error) => return Some(Err(error)),
        }
        let mut bytes = vec![0; u32::from_le_bytes(n_bytes) as usize];
        Some(self.0.read_exact(&mut bytes).map(|()| bytes))
    }
}
