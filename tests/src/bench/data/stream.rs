use super::fleet::{
    Fleet, N_BUILDS, N_PROCESSES, N_SERVICES, SLOW_BUILD, SLOW_PROCESS, process_of, service_of,
};
use super::random::Random;
use super::span::{Offsets, Place, TraceFacts, span};
use super::words::Words;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

/// The batch that OpenTelemetry's SDKs export by default.
pub const SPANS_PER_REQUEST: usize = 512;

/// The hour: 2026-11-01T00:00:00Z and on. Fixed, so that the bytes are the same each time.
pub const START_NS: u64 = 1_793_491_200_000_000_000;
/// How long the data lasts.
pub const LASTS_NS: u64 = 3_600_000_000_000;

const TRACE_SPANS_MIN: usize = 5;
const TRACE_SPANS_MAX: usize = 200;

/// A span's parent is among so many before it.
const PARENT_REACH: usize = 8;
/// A child runs in another service than its parent this often.
const HOP_SHARE: f64 = 0.4;

/// What is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Spans in all.
    pub spans: usize,
    /// All of them in one trace.
    pub one_trace: bool,
    /// The same seed makes the same bytes.
    pub seed: u64,
}

/// One export request.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    pub(super) n_spans: usize,
}

/// Makes the spans trace by trace, and the requests process by process, as a fleet would send them.
pub(super) struct Stream {
    shape: Shape,
    random: Random,
    words: Words,
    fleet: Fleet,
    offsets: Offsets,
    n_made: usize,
    waiting: Vec<Vec<Span>>,
    ready: Vec<Request>,
    /// Of every span, in the order it was made.
    pub(super) durations_ns: Vec<u64>,
    /// Of every trace.
    pub(super) trace_ids: Vec<[u8; 16]>,
}

/// A span that may still get children.
struct Parent {
    id: [u8; 8],
    process: usize,
    start_ns: u64,
    duration_ns: u64,
}

impl Stream {
    pub(super) fn new(shape: Shape) -> Self {
        let mut random = Random::new(shape.seed);
        Self {
            shape,
            words: Words::new(&mut random),
            fleet: Fleet::new(&mut random),
            offsets: Offsets::new(),
            random,
            n_made: 0,
            waiting: (0..N_PROCESSES * N_BUILDS).map(|_| Vec::with_capacity(SPANS_PER_REQUEST)).collect(),
            ready: Vec::new(),
            durations_ns: Vec::with_capacity(shape.spans),
            trace_ids: Vec::new(),
        }
    }

    fn make_trace(&mut self) {
        let left = self.shape.spans - self.n_made;
        let n_spans = if self.shape.one_trace {
            left
        } else {
            self.random.log_uniform(TRACE_SPANS_MIN, TRACE_SPANS_MAX).min(left)
        };
        let at = self.n_made as u128 * u128::from(LASTS_NS) / self.shape.spans as u128;
        let begin_ns = START_NS + u64::try_from(at).expect("within the hour");
        let facts = TraceFacts::new(&mut self.random, &self.words);
        self.trace_ids.push(facts.trace_id);
        let mut family: Vec<Parent> = Vec::with_capacity(n_spans.min(TRACE_SPANS_MAX));
        for index in 0..n_spans {
            let parent = match index {
                0 => None,
                _ => {
                    let reach = family.len().min(PARENT_REACH);
                    Some(&family[family.len() - 1 - self.random.below(reach)])
                }
            };
            let (process, start_ns, duration_ns_max) = match parent {
                None => (process_of(0, self.random.below(N_PROCESSES)), begin_ns, u64::MAX >> 16),
                Some(parent) => child_of(parent, &mut self.random),
            };
            let build = usize::from(start_ns >= START_NS + LASTS_NS / 2);
            let place = Place {
                service: service_of(process),
                is_slow: process == SLOW_PROCESS && build == SLOW_BUILD,
                parent: parent.map(|parent| parent.id),
                start_ns,
                duration_ns_max,
            };
            let span = span(&place, &facts, &mut self.offsets, &self.words, &mut self.random);
            let duration_ns = span.end_time_unix_nano - span.start_time_unix_nano;
            let id = span.span_id.as_slice().try_into().expect("eight bytes were made");
            self.durations_ns.push(duration_ns);
            family.push(Parent { id, process, start_ns, duration_ns });
            self.send(process * N_BUILDS + build, span);
        }
        self.n_made += n_spans;
    }

    fn send(&mut self, sender: usize, span: Span) {
        self.waiting[sender].push(span);
        if self.waiting[sender].len() == SPANS_PER_REQUEST {
            self.flush(sender);
        }
    }

    fn flush(&mut self, sender: usize) {
        let spans = std::mem::take(&mut self.waiting[sender]);
        if spans.is_empty() {
            return;
        }
        let n_spans = spans.len();
        let scope = InstrumentationScope {
            name: "com.example.http".to_owned(),
            version: "2.1.0".to_owned(),
            ..Default::default()
        };
        let scope_spans = ScopeSpans { scope: Some(scope), spans, schema_url: String::new() };
        let resource = self.fleet.resource(sender / N_BUILDS, sender % N_BUILDS).clone();
        let group = ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![scope_spans],
            schema_url: String::new(),
        };
        let bytes = ExportTraceServiceRequest { resource_spans: vec![group] }.encode_to_vec();
        self.ready.push(Request { bytes, n_spans });
    }
}

impl Iterator for Stream {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        while self.ready.is_empty() {
            if self.n_made < self.shape.spans {
                self.make_trace();
                continue;
            }
            (0..self.waiting.len()).for_each(|sender| self.flush(sender));
            if self.ready.is_empty() {
                return None;
            }
        }
        // Which of the ready ones goes first does not matter, as long as it is always the same.
        self.ready.pop()
    }
}

/// Where and when a child runs, and how long at most.
fn child_of(parent: &Parent, random: &mut Random) -> (usize, u64, u64) {
    let hops = random.chance(HOP_SHARE);
    let process = if hops {
        process_of(1 + random.below(N_SERVICES - 1), random.below(N_PROCESSES))
    } else {
        parent.process
    };
    let unit = random.unit();
    #[allow(clippy::cast_sign_loss, reason = "a part of a length of time")]
    let delay_ns = (unit * unit * 0.8 * parent.duration_ns as f64) as u64;
    (process, parent.start_ns + delay_ns, (parent.duration_ns - delay_ns).max(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { spans: 20_000, one_trace: false, seed: 7 };

    #[test]
    fn a_seed_makes_the_same_bytes_and_another_seed_others() {
        let digest = |seed| -> Vec<Vec<u8>> {
            Stream::new(Shape { seed, ..SHAPE }).map(|request| request.bytes).collect()
        };
        assert_eq!(digest(1), digest(1));
        assert_ne!(digest(1), digest(2));
    }

    #[test]
    fn the_spans_are_as_many_and_as_large_as_was_said() {
        let (mut n_spans, mut n_bytes, mut n_attributes) = (0, 0, 0);
        for request in Stream::new(SHAPE) {
            let decoded = ExportTraceServiceRequest::decode(&*request.bytes).expect("it was encoded here");
            let spans = &decoded.resource_spans[0].scope_spans[0].spans;
            assert!(spans.len() == request.n_spans && spans.len() <= SPANS_PER_REQUEST);
            n_attributes += spans.iter().map(|span| span.attributes.len()).sum::<usize>();
            n_spans += spans.len();
            n_bytes += request.bytes.len();
        }
        assert_eq!((n_spans, n_attributes), (SHAPE.spans, 21 * SHAPE.spans));
        assert!((770..=800).contains(&(n_bytes / n_spans)), "{} bytes a span", n_bytes / n_spans);
    }
}
