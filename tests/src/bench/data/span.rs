use super::fleet::service_name;
use super::random::Random;
use super::words::{
    COUNTRIES, DATABASES, METHODS, OPERATIONS, PLANS, SCHEMAS, STATUS_CODES, VARIANTS, Words, pick, word,
};
use crate::load::{attribute, text};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

const NANOS_PER_MILLI: f64 = 1e6;
const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const FAILED: i32 = 2;

/// The rest of a service's spans are requests over HTTP.
const DATABASE_SHARE: f64 = 0.45;

/// Of the message queue.
const N_PARTITIONS: usize = 16;

/// How much longer everything takes where the planted cause is.
const SLOWNESS: f64 = 14.0;

/// What all spans of a trace have in common.
pub(super) struct TraceFacts {
    pub(super) trace_id: [u8; 16],
    user: String,
    tenant: String,
    plan: &'static str,
    country: &'static str,
}

/// How far the messages of each partition have come: ids as a message queue gives them, near-unique and in order,
/// where those of requests are unique and random.
pub(super) struct Offsets([u64; N_PARTITIONS]);

impl Offsets {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|partition| 1_000_000 * (partition as u64 + 1)))
    }

    /// A quarter of the spans read the message that another of the partition wrote.
    fn message_id(&mut self, random: &mut Random) -> String {
        let partition = random.below(N_PARTITIONS);
        self.0[partition] += u64::from(random.chance(0.75));
        format!("orders.events.v1-{partition:02}@{:012}", self.0[partition])
    }
}

/// Where a span stands.
pub(super) struct Place {
    pub(super) service: usize,
    pub(super) is_slow: bool,
    /// Nothing for a root.
    pub(super) parent: Option<[u8; 8]>,
    pub(super) start_ns: u64,
    /// A child is over when its parent is.
    pub(super) duration_ns_max: u64,
}

impl TraceFacts {
    pub(super) fn new(random: &mut Random, words: &Words) -> Self {
        Self {
            trace_id: random.bytes(),
            user: words.users[random.below(words.users.len())].clone(),
            tenant: word(&words.tenants, random).to_owned(),
            plan: pick(&PLANS, random),
            country: pick(&COUNTRIES, random),
        }
    }
}

/// One span with 21 attributes, two of them near-unique.
pub(super) fn span(
    place: &Place,
    facts: &TraceFacts,
    offsets: &mut Offsets,
    words: &Words,
    random: &mut Random,
) -> Span {
    let is_database = place.parent.is_some() && random.chance(DATABASE_SHARE);
    let median_ms = if is_database { 2.5 } else { 12.0 } * if place.is_slow { SLOWNESS } else { 1.0 };
    let duration_ns = nanos(random.log_normal(median_ms, 1.1)).min(place.duration_ns_max);
    let mut attributes = common(place.service, facts, offsets, words, random);
    let (name, kind, failed) = if is_database {
        let (name, own) = database(words, random);
        attributes.extend(own);
        (name, CLIENT, random.chance(0.004))
    } else {
        let (name, code, own) = http(words, random);
        attributes.extend(own);
        (name, SERVER, code >= 500)
    };
    Span {
        trace_id: facts.trace_id.to_vec(),
        span_id: random.bytes::<8>().to_vec(),
        parent_span_id: place.parent.map_or_else(Vec::new, |id| id.to_vec()),
        name,
        kind,
        start_time_unix_nano: place.start_ns,
        end_time_unix_nano: place.start_ns + duration_ns,
        attributes,
        status: failed.then(|| Status { code: FAILED, message: String::new() }),
        ..Span::default()
    }
}

#[allow(clippy::cast_sign_loss, reason = "a length of time is above zero")]
fn nanos(millis: f64) -> u64 {
    (millis * NANOS_PER_MILLI) as u64 + 1_000
}

fn int(key: &str, int: usize) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(int).expect("a small number")))
}

fn common(
    service: usize,
    facts: &TraceFacts,
    offsets: &mut Offsets,
    words: &Words,
    random: &mut Random,
) -> Vec<KeyValue> {
    let thread = random.below(words.threads.len());
    let function = random.skewed(words.functions.len());
    // In steps of 64 bytes: a few thousand values.
    let body_bytes = random.log_normal(6_000.0, 1.3) / 64.0;
    #[allow(clippy::cast_sign_loss, reason = "a size is above zero")]
    let body_bytes = (body_bytes as usize).min(4_095) * 64;
    // The four of each kind follow: 21 in all, and no list grows while it is filled.
    let mut attributes = Vec::with_capacity(21);
    attributes.extend([
        text("request.id", &random.hex::<16>()),
        text("message.id", &offsets.message_id(random)),
        text("user.id", &facts.user),
        text("tenant.id", &facts.tenant),
        text("user.plan", facts.plan),
        text("user.country", facts.country),
        text("app.cache.key", word(&words.cache_keys, random)),
        attribute("app.cache.hit", Value::BoolValue(random.chance(0.8))),
        text("flag.variant", pick(&VARIANTS, random)),
        text("app.component", service_name(service)),
        int("app.shard", random.below(32)),
        int("thread.id", thread + 20),
        text("thread.name", &words.threads[thread]),
        text("code.function.name", &words.functions[function]),
        int("code.line.number", 40 + function * 3),
        text("server.address", word(&words.servers, random)),
        int("app.body.bytes", body_bytes),
    ]);
    attributes
}

fn http(words: &Words, random: &mut Random) -> (String, i64, [KeyValue; 4]) {
    let (method, path) = (pick(&METHODS, random), random.skewed(words.paths.len()));
    let route = &words.routes[path % words.routes.len()];
    let code = pick(&STATUS_CODES, random);
    let attributes = [
        text("http.route", route),
        text("http.request.method", method),
        attribute("http.response.status_code", Value::IntValue(code)),
        text("url.path", &words.paths[path]),
    ];
    (format!("{method} {route}"), code, attributes)
}

fn database(words: &Words, random: &mut Random) -> (String, [KeyValue; 4]) {
    let (operation, schema) = (pick(&OPERATIONS, random), pick(&SCHEMAS, random));
    let attributes = [
        text("db.system.name", pick(&DATABASES, random)),
        text("db.query.text", word(&words.statements, random)),
        text("db.operation.name", operation),
        text("db.namespace", schema),
    ];
    (format!("{operation} {schema}"), attributes)
}
