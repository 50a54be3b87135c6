//! Where an endpoint is and how it is spoken to: what a configuration says, checked once, so that
//! no call can fail for it. Secrets go into headers that are marked as such and nowhere else.

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::transport;
use crate::domain::limits::{MODEL_CONNECT_TIMEOUT, SECRET_BYTES_MIN};

/// Where the endpoint is and what to ask it for.
#[derive(Clone)]
pub struct OpenAiSettings {
    /// Up to and without "/chat/completions": "https://api.openai.com/v1".
    pub url: String,
    /// May be empty: many local servers want none.
    pub key: String,
    /// The header that carries the key; `None` is `Authorization: Bearer`.
    pub key_header: Option<String>,
    pub model: String,
    pub api: Api,
    pub headers: Vec<(String, String)>,
    /// Goes behind the path of every call.
    pub query: Vec<(String, String)>,
    /// Strict schemas; `None` asks for them where the endpoint is known to take them.
    pub strict: Option<bool>,
    /// The data about now is told as a user's message, and neighbours of one role become one
    /// message: for chat templates that take a system message at the beginning alone and want
    /// roles to alternate.
    pub context_as_user: bool,
}

/// Which of OpenAI's two interfaces an endpoint speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    #[default]
    Chat,
    Responses,
}

impl OpenAiSettings {
    /// An endpoint that needs nothing but these.
    pub fn new(url: &str, key: &str, model: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: key.to_owned(),
            key_header: None,
            model: model.to_owned(),
            api: Api::Chat,
            headers: Vec::new(),
            query: Vec::new(),
            strict: None,
            context_as_user: false,
        }
    }
}

/// Settings with which no call can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model endpoint cannot be used: {0}")]
pub struct OpenAiSettingsError(pub(super) String);

/// Headers that belong to the exchange itself: another value would break every call.
const TAKEN: [&str; 8] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The way to an endpoint. Its client's connections are shared by all calls.
pub(super) struct Way {
    pub(super) url: Url,
    pub(super) http: reqwest::Client,
    pub(super) query: Vec<(String, String)>,
    /// What must not come back in an error.
    secrets: Vec<String>,
}

impl Way {
    pub(super) fn new(settings: &OpenAiSettings) -> Result<Self, String> {
        let url = base_url(&settings.url)?;
        let headers = headers(settings)?;
        if settings
            .query
            .iter()
            .any(|(name, _)| name.trim().is_empty())
        {
            return Err("its query has a parameter without a name".to_owned());
        }
        let named = settings.query.iter().filter(|(name, _)| is_secret(name));
        let mut secrets = vec![settings.key.trim().to_owned()];
        for (_, value) in settings.headers.iter().chain(named) {
            secrets.push(value.trim().to_owned());
            // "Bearer …": the scheme is left out when a key is quoted.
            secrets.extend(value.split_whitespace().last().map(str::to_owned));
        }
        // A secret inside another one must not leave half of that one.
        secrets.retain(|text| text.len() >= SECRET_BYTES_MIN);
        secrets.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Ok(Self {
            http: client(&url, headers)?,
            url,
            query: settings.query.clone(),
            secrets,
        })
    }

    /// Words of an endpoint without what was told to it in confidence: some quote the key.
    pub(super) fn discreet(&self, words: &str) -> String {
        self.secrets
            .iter()
            .fold(words.to_owned(), |words, secret| words.replace(secret, "…"))
    }
}

/// Whether a parameter behind the path is a key by its name, as "key" is and "api-version" is not.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "sig"]
        .iter()
        .any(|word| name.contains(word))
}

/// The base URL, checked and without the slash at its end. An error shows no part in which
/// something secret may stand.
fn base_url(text: &str) -> Result<Url, String> {
    let text = text.trim().trim_end_matches('/');
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    let shown = shown.rsplit('@').next().unwrap_or_default();
    let url = Url::parse(text).map_err(|error| {
        format!("\"{shown}\" is not a URL ({error}); write it like https://api.openai.com/v1")
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("\"{shown}\" is neither http:// nor https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "\"{shown}\" must end with its path, without ? and #; what stands behind ? belongs in \
             model_query"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "the URL of \"{shown}\" holds a name or a password; a key belongs in model_key"
        ));
    }
    if let Some(end) = ["/chat/completions", "/responses", "/completions"]
        .iter()
        .find(|end| url.path().ends_with(**end))
    {
        return Err(format!(
            "\"{shown}\" must be the base URL: leave {end} out, and say which interface it is with \
             model_api"
        ));
    }
    Ok(url)
}

fn headers(settings: &OpenAiSettings) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let key = settings.key.trim();
    if let Some(name) = &settings.key_header
        && key.is_empty()
    {
        return Err(format!("{name} should carry the key, and there is none"));
    }
    if !key.is_empty() {
        let (name, value) = match &settings.key_header {
            None => (AUTHORIZATION, format!("Bearer {key}")),
            Some(name) => (header_name(name)?, key.to_owned()),
        };
        headers.insert(name, secret_value(&value, "its key")?);
    }
    for (name, value) in &settings.headers {
        let header = header_name(name)?;
        let value = secret_value(value.trim(), name)?;
        if headers.insert(header, value).is_some() {
            return Err(format!(
                "the header {name} is set twice; a key is in authorization unless model_key_header \
                 names another"
            ));
        }
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    let header: HeaderName = name
        .trim()
        .parse()
        .map_err(|_| format!("{name:?} is no name of a header"))?;
    if TAKEN.contains(&header.as_str()) {
        return Err(format!("the header {header} cannot be set"));
    }
    Ok(header)
}

fn secret_value(value: &str, what: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("{what} holds characters that a header cannot carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The client whose connections all calls share.
fn client(url: &Url, headers: HeaderMap) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(MODEL_CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("attendant/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers);
    if url.host_str().is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        format!(
            "no HTTPS client could be made ({})",
            transport::causes(&error)
        )
    })
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
