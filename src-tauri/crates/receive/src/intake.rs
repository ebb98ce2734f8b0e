use crate::allowed::Allowed;
use crate::beyond::Beyond;
use crate::body::{self, Budget, Reserved};
use crate::config::Limits;
use crate::failure::Failure;
use crate::inflate::{Compression, inflate};
use crate::sink::{Sink, Submission, Transport};
use axum::body::Body;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName};
use skep_model::{Encoding, Nanos, Signal};
use skep_otlp::{Problems, Rejection, Request, honeycomb};

/// Honeycomb's name for where metrics and logs go.
const DATASET: HeaderName = HeaderName::from_static("x-honeycomb-dataset");
const EVENT_TIME: HeaderName = HeaderName::from_static("x-honeycomb-event-time");
const SAMPLE_RATE: HeaderName = HeaderName::from_static("x-honeycomb-samplerate");
/// Bytes kept of a header.
const HEADER_TEXT_BYTES_MAX: usize = 256;
/// Bytes of a body whose decoding, a millisecond and more, would hold up the other connections of its thread. Handing
/// a smaller one to another thread costs about as much as it saves.
const BLOCKING_BYTES_MIN: usize = 1 << 20;
/// The same of a compressed body: exporters' batches shrink to about a sixteenth.
const BLOCKING_COMPRESSED_BYTES_MIN: usize = BLOCKING_BYTES_MIN / 16;

/// What every request needs.
#[derive(Clone)]
pub(crate) struct Intake<S> {
    pub(crate) sink: S,
    pub(crate) limits: Limits,
    pub(crate) beyond: Beyond,
    pub(crate) allowed: Allowed,
    pub(crate) budget: Budget,
}

/// A request whose headers were accepted.
#[derive(Clone)]
pub(crate) struct Call {
    signal: Signal,
    encoding: Encoding,
    compression: Compression,
    transport: Transport,
    dataset: Option<String>,
    client: Option<String>,
    single: Option<SingleEvent>,
}

/// What the headers of a single event say, which in a batch each event says of itself.
#[derive(Clone)]
pub(crate) struct SingleEvent {
    time: Option<String>,
    sample_rate: Option<String>,
}

impl SingleEvent {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        SingleEvent { time: text(headers, &EVENT_TIME), sample_rate: text(headers, &SAMPLE_RATE) }
    }
}

/// A request that was kept.
pub(crate) struct Kept {
    pub(crate) received: Nanos,
    /// Of a marker, which is answered with what it says. Whoever stores another one has it alone, and need not copy it.
    pub(crate) marker: Option<Bytes>,
    pub(crate) n_received: u64,
    pub(crate) problems: Problems,
    pub(crate) rejections: Vec<Rejection>,
}

impl Call {
    pub(crate) fn new(
        signal: Signal,
        encoding: Encoding,
        compression: Compression,
        transport: Transport,
        headers: &HeaderMap,
    ) -> Self {
        let (dataset, client) = (text(headers, &DATASET), text(headers, &USER_AGENT));
        Call { signal, encoding, compression, transport, dataset, client, single: None }
    }

    /// Events of Honeycomb's, for the dataset in their path; they mix spans with what is none.
    pub(crate) fn honeycomb(
        encoding: Encoding,
        compression: Compression,
        dataset: &str,
        single: Option<SingleEvent>,
        headers: &HeaderMap,
    ) -> Self {
        let dataset = dataset[..dataset.floor_char_boundary(HEADER_TEXT_BYTES_MAX)].to_owned();
        Call {
            dataset: Some(dataset),
            single,
            ..Self::new(Signal::Logs, encoding, compression, Transport::Http, headers)
        }
    }
}

impl<S: Sink> Intake<S> {
    pub(crate) fn new(sink: S, limits: Limits, beyond: Beyond, allowed: Allowed) -> Self {
        Intake { sink, budget: Budget::new(limits.in_flight_bytes), limits, beyond, allowed }
    }

    /// Counts a failure for the status page.
    pub(crate) fn count(&self, failure: &Failure) {
        if let Some(reason) = failure.reason {
            self.sink.refused(reason);
        }
    }

    /// Reads a body as it was sent, within the limits; what it holds of the bytes in flight is given back when the
    /// request is answered.
    pub(crate) async fn read(
        &self,
        body: &mut Body,
        limit_bytes: usize,
    ) -> Result<(Bytes, Reserved), Failure> {
        let mut reserved = Reserved::default();
        let timeout = self.limits.body_timeout;
        let body = body::read(body, limit_bytes, timeout, &self.budget, &mut reserved).await?;
        Ok((body, reserved))
    }

    /// Unpacks, decodes and submits a request.
    pub(crate) async fn store(
        &self,
        call: Call,
        packed: Bytes,
        mut reserved: Reserved,
    ) -> Result<Kept, Failure> {
        let Call { signal, encoding, compression, transport, dataset, client, single } = call;
        let (body_bytes, limits) = (self.limits.body_bytes, self.limits.decoded);
        let is_large = match compression {
            Compression::Identity => packed.len() >= BLOCKING_BYTES_MIN,
            _ => packed.len() >= BLOCKING_COMPRESSED_BYTES_MIN,
        };
        let budget = self.budget.clone();
        let received = self.sink.now();
        let unpack = move || {
            let mut body = inflate(compression, packed, body_bytes, &budget, &mut reserved)?;
            let malformed = |error: skep_otlp::DecodeError| Failure::malformed(error.to_string());
            if let Some(SingleEvent { time, sample_rate }) = single {
                let (time, sample_rate) = (time.as_deref(), sample_rate.as_deref());
                let batch = honeycomb::batch_of_one(encoding, time, sample_rate, &body).map_err(malformed)?;
                body = batch.into();
            }
            // Events take about as much as the body that says them.
            reserved.extend(&budget, body.len())?;
            let dataset_of = dataset.as_deref();
            let request = Request { signal, encoding, dataset: dataset_of, received, body: &body, limits };
            let decoded = skep_otlp::decode(request).map_err(malformed)?;
            Ok::<_, Failure>((body, dataset, decoded, reserved))
        };
        let (body, dataset, mut decoded, _reserved) = if is_large {
            tokio::task::spawn_blocking(unpack).await.map_err(|_| Failure::internal())??
        } else {
            unpack()?
        };
        let kept = Kept {
            received,
            marker: (encoding == Encoding::HoneycombMarker).then(|| body.clone()),
            n_received: decoded.n_received,
            problems: decoded.problems.clone(),
            rejections: std::mem::take(&mut decoded.rejections),
        };
        if decoded.n_received > 0 {
            let submission =
                Submission { received, signal, encoding, body, dataset, decoded, client, transport };
            self.sink.submit(submission).await?;
        }
        Ok(kept)
    }
}

/// A header as text, bounded; nothing where it is absent or not ASCII.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text[..text.len().min(HEADER_TEXT_BYTES_MAX)].to_owned())
}
