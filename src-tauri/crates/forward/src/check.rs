//! A try of what was entered, before or after it is saved: does the key open something, and what?

use crate::deliver::{Answer, Client, Outcome, Parcel, Verdict, message};
use crate::error::ForwardError;
use crate::forwarder::{Forwarder, Inner, check_dataset};
use crate::keys::Credentials;
use crate::secret::Secret;
use crate::settings::{Place, Settings};
use crate::status::KeyKind;
use crate::{address, headers};
use serde::Deserialize;
use serde_json::{Map, Value};
use skep_model::Encoding;
use skep_store::NewDestination;
use url::Url;

/// What to try: a destination that is saved, or one that was entered.
#[derive(Clone, Debug)]
pub struct Check {
    /// A saved one, whose key and headers are used where none are given.
    pub id: Option<u64>,
    /// Base URL.
    pub url: String,
    /// The key, if one was entered.
    pub key: Option<Secret>,
    /// Further headers, if any were entered.
    pub headers: Option<Vec<(String, Secret)>>,
}

/// What a try found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The destination answered, and what is sent to it will be taken as far as it tells.
    pub is_ready: bool,
    /// One sentence.
    pub sentence: String,
    /// Where in Honeycomb the key leads.
    pub place: Option<Place>,
    /// What kind of key it is.
    pub kind: KeyKind,
    /// What it may do, in Honeycomb's words.
    pub rights: Vec<String>,
    /// What its user should know, a sentence each.
    pub warnings: Vec<String>,
}

/// `GET /1/auth` (Honeycomb, "Auth").
#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    #[serde(rename = "type")]
    kind: String,
    api_key_access: Map<String, Value>,
    environment: Named,
    team: Named,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    slug: String,
}

impl Forwarder {
    /// Tries an address and a key: at Honeycomb, or with a key of its kind, by asking what the key may do; elsewhere with
    /// a request that holds nothing. Of a saved destination the place is remembered.
    ///
    /// # Errors
    /// When what was entered cannot be used at all.
    pub async fn check(&self, check: Check) -> Result<Checked, ForwardError> {
        let Check { id, url, key, headers: further } = check;
        let inner = &self.inner;
        let base = address::parse(&url, &inner.own_addresses)?;
        let saved = match id.map(|id| inner.destination(id)).transpose()? {
            // A key goes to no host that it was not entered for.
            Some(destination) => inner.saved_credentials(&destination, &base).await?,
            None => Credentials::default(),
        };
        let has_entered = key.is_some() || further.is_some();
        let entered = Inner::credentials_of(key.clone(), further.clone().unwrap_or_default())?;
        let credentials = Credentials {
            key: if key.is_some() { entered.key } else { saved.key },
            headers: if further.is_some() { entered.headers } else { saved.headers },
        };
        check_dataset(&base, &credentials)?;
        let kind = credentials.key.as_ref().map(headers::key_kind).unwrap_or_default();
        let client = inner.client_of(base.clone(), &credentials)?;
        let asks_honeycomb = address::is_honeycomb(&base) || credentials.key.is_some();
        let auth = if asks_honeycomb { Some(client.auth().await) } else { None };
        let mut checked = match auth {
            Some(Outcome::Answer(answer))
                if address::is_honeycomb(&base) || answer.status.is_success() || is_key_refusal(&answer) =>
            {
                of_auth(&answer, &client)
            }
            // Something that takes this header and is not Honeycomb.
            Some(Outcome::Answer(_)) | None => self.send_nothing(&client).await,
            Some(other) => unreached(other),
        };
        checked.kind = kind;
        if checked.is_ready
            && !has_entered
            && let Some(id) = id
            && let Some(place) = &checked.place
        {
            self.remember_place(id, place).await?;
        }
        Ok(checked)
    }

    async fn send_nothing(&self, client: &Client) -> Checked {
        let mut parcel = Parcel::nothing();
        let outcome = client.send(&mut parcel).await;
        match outcome.verdict(&parcel, self.inner.clock.now()) {
            Some(Verdict::Accepted(_)) => Checked {
                is_ready: true,
                sentence: "an OTLP receiver answers there, and takes what is sent with these headers"
                    .to_owned(),
                ..Checked::default()
            },
            Some(
                Verdict::Split { reason }
                | Verdict::Halve { reason }
                | Verdict::AsOtlp { reason }
                | Verdict::Refuse { reason }
                | Verdict::Retry { reason, .. }
                | Verdict::RetryFew { reason }
                | Verdict::Pause { reason },
            ) => Checked { sentence: client.redact(reason), ..Checked::default() },
            None => unreached(outcome),
        }
    }

    /// Kept, so that a trace can be opened there.
    async fn remember_place(&self, id: u64, place: &Place) -> Result<(), ForwardError> {
        let destination = self.inner.destination(id)?;
        let settings = Settings { place: Some(place.clone()), ..Settings::of(&destination.settings)? };
        let stored = settings.to_stored();
        if stored != destination.settings {
            let (url, enabled) = (destination.url, destination.enabled);
            let put = NewDestination { id: Some(id), url, enabled, settings: Some(stored) };
            self.inner.store.put_destination(put).await?;
        }
        Ok(())
    }
}

impl Inner {
    async fn saved_credentials(
        &self,
        destination: &skep_store::Destination,
        base: &Url,
    ) -> Result<Credentials, ForwardError> {
        let of_this_run =
            self.handles().get(&destination.id).and_then(|handle| handle.from_command_line.clone());
        let saved_origin = Url::parse(&destination.url).ok().map(|url| address::origin(&url));
        match of_this_run {
            Some(credentials) if saved_origin == Some(address::origin(base)) => Ok(credentials),
            Some(_) => Ok(Credentials::default()),
            None => Ok(self.keys.load(destination.id, &address::origin(base)).await?),
        }
    }
}

fn is_key_refusal(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 401 | 403)
}

fn unreached(outcome: Outcome) -> Checked {
    let sentence = match outcome {
        Outcome::Unreachable(reason)
        | Outcome::Untrusted(reason)
        | Outcome::Unsendable(reason)
        | Outcome::NoAnswer(reason) => reason,
        Outcome::Answer(_) | Outcome::Grpc(_) => "the answer could not be read".to_owned(),
    };
    Checked { sentence, ..Checked::default() }
}

fn of_auth(answer: &Answer, client: &Client) -> Checked {
    let code = answer.status.as_u16();
    if !answer.status.is_success() {
        let said = message(answer).map(|said| format!(": {}", client.redact(said))).unwrap_or_default();
        let sentence = match code {
            401 | 403 => format!("the key opens nothing ({code}){said}"),
            _ => format!("Honeycomb cannot tell about the key now ({code}){said}"),
        };
        return Checked { sentence, ..Checked::default() };
    }
    let Ok(auth) = serde_json::from_slice::<Auth>(&answer.body) else {
        let sentence = "something answers there, but not as Honeycomb does".to_owned();
        return Checked { sentence, ..Checked::default() };
    };
    let is_ingest = auth.kind == "ingest";
    let rights: Vec<String> = auth
        .api_key_access
        .into_iter()
        .filter(|(_, may)| *may == Value::Bool(true))
        .map(|(right, _)| right)
        .collect();
    let has = |right: &str| rights.iter().any(|other| other == right);
    let mut warnings = Vec::new();
    if !is_ingest && rights.iter().any(|right| right != "events" && right != "createDatasets") {
        warnings.push("this key can do more than send: an ingest key would be enough".to_owned());
    }
    if !has("createDatasets") {
        warnings.push("this key cannot make datasets: events of a new service will be refused".to_owned());
    }
    let is_ready = is_ingest || has("events");
    let place = Place {
        team: auth.team.name,
        team_slug: auth.team.slug,
        environment: auth.environment.name,
        environment_slug: auth.environment.slug,
    };
    let sentence = match (is_ready, place.environment.as_str()) {
        (false, _) => format!("the key opens team {}, but may not send events", place.team),
        (true, "") => format!("the key opens team {}, which has no environments (classic)", place.team),
        (true, environment) => format!("the key opens team {}, environment {environment}", place.team),
    };
    Checked { is_ready, sentence, place: Some(place), kind: KeyKind::Unknown, rights, warnings }
}

impl Parcel {
    /// An export of nothing, which every OTLP receiver takes.
    fn nothing() -> Self {
        Parcel::of_letter(skep_store::NewLetter {
            refused_at: skep_model::Nanos(0),
            signal: skep_model::Signal::Traces,
            encoding: Encoding::Protobuf,
            dataset: None,
            n_events: 0,
            reason: String::new(),
            body: Vec::new(),
        })
    }
}

impl Place {
    /// Where in Honeycomb's pages the place is, up to a dataset's name; nothing for other hosts.
    #[must_use]
    pub fn datasets_url(&self, url: &str) -> Option<String> {
        let pages = address::honeycomb_pages(&Url::parse(url).ok()?)?;
        if self.team_slug.is_empty() {
            return None;
        }
        Some(match self.environment_slug.as_str() {
            "" => format!("{pages}/{}/datasets/", self.team_slug),
            environment => format!("{pages}/{}/environments/{environment}/datasets/", self.team_slug),
        })
    }
}
