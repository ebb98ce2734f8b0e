use super::answer::{Answer, Verdict, judge};
use super::grpc::{self, GrpcAnswer};
use super::packed::Compression;
use super::parcel::Parcel;
use crate::keys::Credentials;
use crate::limits::Limits;
use crate::secret::Secret;
use crate::{address, headers};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Response, header};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use skep_model::{Encoding, Nanos};
use std::error::Error;
use std::sync::Arc;
use url::Url;

/// Bytes of an answer's body that are read (OTLP exporter specification: clients limit it, 4 MiB).
const ANSWER_BYTES_LIMIT: usize = 4 << 20;

const USER_AGENT: &str = concat!("skep/", env!("CARGO_PKG_VERSION"));

/// In place of a secret that a destination repeats in its answer.
const REDACTED: &str = "[secret]";

/// A value shorter than this is not looked for: it would match by chance.
const REDACT_BYTES_MIN: usize = 4;

/// How TLS is done: ring's cryptography, named here so that no process-wide default is needed, and the system's own
/// certificates, so that a company's are known.
pub(crate) struct Tls {
    config: ClientConfig,
    /// Whether the system has any certificates to check with.
    has_roots: bool,
}

impl Tls {
    /// Reads the system's certificates: blocks for some 50 ms.
    pub(crate) fn load() -> Self {
        match Self::builder().with_platform_verifier() {
            Ok(builder) => Self::new(builder.with_no_client_auth(), true),
            Err(error) => {
                tracing::warn!(%error, "the system's certificates cannot be used: no https");
                Self::none()
            }
        }
    }

    /// Knows no certificates and so refuses every host.
    pub(crate) fn none() -> Self {
        let builder = Self::builder().with_root_certificates(RootCertStore::empty());
        Self::new(builder.with_no_client_auth(), false)
    }

    fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring does TLS 1.2 and 1.3")
    }

    fn new(mut config: ClientConfig, has_roots: bool) -> Self {
        config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
        Self { config, has_roots }
    }
}

/// Sends to one destination.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    secrets: Vec<Secret>,
    /// Whether events in Honeycomb's own form can be sent there: to Honeycomb, and to what is given a key of
    /// Honeycomb's, such as Refinery.
    takes_honeycomb: bool,
    is_grpc: bool,
    compression: Compression,
}

/// What came of a try.
pub(crate) enum Outcome {
    Answer(Answer),
    Grpc(GrpcAnswer),
    /// It was sent, and no answer came: it may have arrived.
    NoAnswer(String),
    /// There was no connection to send it on.
    Unreachable(String),
    /// There is no safe connection to be had from this host: its certificate is not trusted, or it does not speak TLS.
    Untrusted(String),
    /// It was not sent, and never can be.
    Unsendable(String),
}

impl Client {
    /// A client for one address, or why there is none.
    pub(crate) fn new(
        base: Url,
        credentials: &Credentials,
        tls: &Tls,
        limits: &Limits,
    ) -> Result<Self, String> {
        let is_plain = address::is_plain(&base);
        let is_grpc = address::is_grpc(&base);
        if !is_plain && !tls.has_roots {
            return Err(
                "this system has no certificates to check https with; install them and start again".into()
            );
        }
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.config.clone())
            .redirect(Policy::none())
            .user_agent(USER_AGENT)
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.request_timeout);
        // A proxy is not the network around this machine: it would be shown what plain http shows, and asked for hosts
        // that it cannot know.
        if is_plain || address::is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if is_grpc {
            builder = builder.http2_prior_knowledge();
        }
        let http = builder.build().map_err(|error| format!("https cannot be used: {}", innermost(&error)))?;
        let secrets = credentials.key.iter().chain(credentials.headers.iter().map(|(_, value)| value));
        let secrets = secrets.filter(|secret| secret.expose().len() >= REDACT_BYTES_MIN).cloned().collect();
        let takes_honeycomb = !is_grpc && (credentials.key.is_some() || address::is_honeycomb(&base));
        let compression = match (address::is_loopback(&base), takes_honeycomb) {
            (true, _) if !limits.compresses_locally => Compression::None,
            // Honeycomb's servers say that they take it, and those that are given its keys are its own Refinery or speak
            // as it does. Others need to know no more than gzip (OTLP specification, "OTLP/HTTP Request").
            (_, true) => Compression::Zstd,
            (_, false) => Compression::Gzip,
        };
        let headers = headers::wire(credentials);
        Ok(Self { http, base, headers, secrets, takes_honeycomb, is_grpc, compression })
    }

    /// Whether it can be sent as it is; as OTLP in protobuf, anything can.
    pub(crate) fn takes(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Protobuf => true,
            Encoding::Json => !self.is_grpc,
            _ => self.takes_honeycomb,
        }
    }

    /// Whether entries go as they are kept.
    pub(crate) fn takes_frames(&self) -> bool {
        self.compression == Compression::Zstd
    }

    /// Sends one parcel and reads the answer.
    pub(crate) async fn send(&self, parcel: &mut Parcel) -> Outcome {
        let content_type = match parcel.encoding {
            Encoding::Protobuf if self.is_grpc => return self.send_grpc(parcel).await,
            Encoding::Protobuf => "application/x-protobuf",
            // Without a charset: Honeycomb compares the whole value.
            Encoding::Json | Encoding::HoneycombJson | Encoding::HoneycombMarker => "application/json",
            Encoding::HoneycombMsgpack => "application/msgpack",
        };
        let Some(url) = self.url(parcel) else {
            return Outcome::Unsendable("the dataset's name cannot stand in an address".to_owned());
        };
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let packed = parcel.body(self.compression).await;
        if let Some(encoding) = packed.encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(header::ACCEPT, HeaderValue::from_static(content_type));
        if !parcel.encoding.is_honeycomb()
            && let Some(dataset) =
                parcel.dataset.as_deref().and_then(|dataset| HeaderValue::try_from(dataset).ok())
        {
            headers.insert(headers::DATASET, dataset);
        }
        let request = self.http.post(url).headers(headers).body(packed.into_body());
        match request.send().await {
            Ok(response) => Outcome::Answer(read(response).await),
            Err(error) => self.failed(error),
        }
    }

    async fn send_grpc(&self, parcel: &mut Parcel) -> Outcome {
        let Some(packed) = grpc::frame(parcel.body(self.compression).await) else {
            return Outcome::Unsendable("it is larger than any message can be".to_owned());
        };
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert("grpc-encoding", HeaderValue::from_static(packed.encoding.unwrap_or("identity")));
        headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity"));
        if let Some(dataset) =
            parcel.dataset.as_deref().and_then(|dataset| HeaderValue::try_from(dataset).ok())
        {
            headers.insert(headers::DATASET, dataset);
        }
        let url = address::grpc_endpoint(&self.base, parcel.signal);
        match self.http.post(url).headers(headers).body(packed.into_body()).send().await {
            // A proxy in between answers as HTTP does.
            Ok(response) if !response.status().is_success() => Outcome::Answer(read(response).await),
            Ok(response) => match grpc::read(response, ANSWER_BYTES_LIMIT).await {
                Some(answer) => Outcome::Grpc(answer),
                None => Outcome::NoAnswer(format!(
                    "no status came from {}: it may not speak gRPC",
                    self.base.host_str().unwrap_or_default()
                )),
            },
            Err(error) => self.failed(error),
        }
    }

    /// Asks Honeycomb what the key may do.
    pub(crate) async fn auth(&self) -> Outcome {
        let request = self.http.get(address::auth_endpoint(&self.base)).headers(self.headers.clone());
        match request.send().await {
            Ok(response) => Outcome::Answer(read(response).await),
            Err(error) => self.failed(error),
        }
    }

    /// Where a parcel goes; nothing where no address can say so.
    fn url(&self, parcel: &Parcel) -> Option<Url> {
        match parcel.encoding {
            Encoding::Protobuf | Encoding::Json => Some(address::endpoint(&self.base, parcel.signal)),
            honeycomb => address::honeycomb_endpoint(&self.base, honeycomb, parcel.dataset.as_deref()?),
        }
    }

    fn failed(&self, error: reqwest::Error) -> Outcome {
        let error = error.without_url();
        let host = self.base.host_str().unwrap_or_default();
        let cause = innermost(&error);
        if let Some(tls) = tls_error(&error) {
            return Outcome::Untrusted(format!("{host} cannot be trusted: {tls}"));
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Outcome::Unreachable(format!("no connection to {host} in time")),
            (true, false) => Outcome::Unreachable(format!("no connection to {host}: {cause}")),
            (false, true) => Outcome::NoAnswer(format!("no answer from {host} in time")),
            (false, false) => Outcome::NoAnswer(format!("no answer from {host}: {cause}")),
        }
    }

    /// A text from outside without our secrets, which some servers repeat.
    pub(crate) fn redact(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| match text.contains(secret.expose()) {
            true => text.replace(secret.expose(), REDACTED),
            false => text,
        })
    }
}

impl Outcome {
    /// What an answer means; nothing where none came.
    pub(crate) fn verdict(&self, parcel: &Parcel, now: Nanos) -> Option<Verdict> {
        match self {
            Outcome::Answer(answer) => Some(judge(answer, now, parcel.encoding, parcel.n_events)),
            Outcome::Grpc(answer) => Some(answer.judge()),
            _ => None,
        }
    }
}

/// The answer with as much of its body as came and as is allowed: the status alone decides, the rest explains.
async fn read(mut response: Response) -> Answer {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ANSWER_BYTES_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ANSWER_BYTES_LIMIT {
            break;
        }
    }
    Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body }
}

/// The error that began it: the outer ones say only that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        // An I/O error's `source` leaves out the error that it wraps.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// A TLS error that waiting does not heal: the certificate, or what is at the other end. Broken connections do heal.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    use rustls::Error::{InvalidCertificate, InvalidMessage, NoCertificatesPresented, PeerIncompatible};
    chain(error).filter_map(|error| error.downcast_ref::<rustls::Error>()).find(|error| {
        matches!(
            error,
            InvalidCertificate(_) | InvalidMessage(_) | NoCertificatesPresented | PeerIncompatible(_)
        )
    })
}
