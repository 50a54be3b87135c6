//! The chat for a shop's pages as one script: its files in their order, with its words and its
//! looks, made once and kept compressed.

mod compact;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::domain::ids::sha256_hex;

/// In the order in which the script reads them. They share one scope.
const FILES: [&str; 20] = [
    include_str!("assets/widget/settings.js"),
    include_str!("assets/widget/dom.js"),
    include_str!("assets/widget/icons.js"),
    include_str!("assets/widget/text.js"),
    include_str!("assets/widget/store.js"),
    include_str!("assets/widget/api.js"),
    include_str!("assets/widget/events.js"),
    include_str!("assets/widget/state.js"),
    include_str!("assets/widget/outbox.js"),
    include_str!("assets/widget/chat.js"),
    include_str!("assets/widget/cards.js"),
    include_str!("assets/widget/order.js"),
    include_str!("assets/widget/proposal.js"),
    include_str!("assets/widget/message.js"),
    include_str!("assets/widget/composer.js"),
    include_str!("assets/widget/rating.js"),
    include_str!("assets/widget/steps.js"),
    include_str!("assets/widget/view.js"),
    include_str!("assets/widget/element.js"),
    include_str!("assets/widget/page.js"),
];
const WORDS: &str = include_str!("assets/widget/words.json");
const STYLE: &str = include_str!("assets/widget/style.css");

/// A page that has the script asks for it again after so long; the answer is mostly "the same".
const CACHE: &str = "public, max-age=300";

static SCRIPT: LazyLock<Script> = LazyLock::new(Script::make);

struct Script {
    plain: Bytes,
    /// `None` where compressing failed, which memory alone can make it do.
    gzipped: Option<Bytes>,
    /// Weak: it stands for the compressed and the plain one.
    etag: String,
}

impl Script {
    fn make() -> Self {
        let text = joined();
        Self {
            etag: format!("W/\"{}\"", &sha256_hex(&text)[..32]),
            gzipped: gzip(text.as_bytes()).ok().map(Bytes::from),
            plain: Bytes::from(text),
        }
    }
}

/// One classic script with one scope of its own. A page that has it twice has it once.
fn joined() -> String {
    let (languages, words) = words();
    let style = Value::from(compact::style(STYLE));
    let files = compact::script(&FILES.join("\n"));
    // Words and looks stand first: that is where they compress best.
    format!(
        "(()=>{{\"use strict\";if(customElements.get(\"attendant-chat\"))return;\n\
         const LANGUAGES={languages};\nconst CSS={style};\nconst WORDS={words};\n{files}\n}})();\n"
    )
}

/// The languages, and every word in each of them, in that order: a key travels once. What is no
/// table of tables, or lacks a word, is found by a test.
fn words() -> (Value, Value) {
    let tables: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(WORDS).unwrap_or_default();
    // English is what a page gets for whose language there are no words.
    let mut languages: Vec<&String> = tables.keys().collect();
    languages.sort_by_key(|language| *language != "en");
    let mut words: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for table in languages
        .iter()
        .filter_map(|language| tables.get(*language))
    {
        for (key, word) in table {
            words.entry(key).or_default().push(word);
        }
    }
    (json!(languages), json!(words))
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

pub async fn script(asked: HeaderMap) -> Response {
    const ANY_PAGE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    let script = &*SCRIPT;
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, CACHE),
        (header::VARY, "accept-encoding"),
        (header::ETAG, script.etag.as_str()),
        (ANY_PAGE, "cross-origin"),
    ];
    if names(&asked, header::IF_NONE_MATCH, &script.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    match &script.gzipped {
        Some(gzipped) if names(&asked, header::ACCEPT_ENCODING, "gzip") => {
            let encoding = [(header::CONTENT_ENCODING, "gzip")];
            (headers, encoding, gzipped.clone()).into_response()
        }
        _ => (headers, script.plain.clone()).into_response(),
    }
}

/// Whether a list in a header names something, and does not rule it out.
fn names(headers: &HeaderMap, header: HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(header);
    let mut listed = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    listed.any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let ruled_out = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse().ok())
            == Some(0.0);
        name.trim().eq_ignore_ascii_case(wanted) && !ruled_out
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const GZIPPED_BYTES_MAX: usize = 30_000;

    #[test]
    fn it_is_small() {
        let bytes = SCRIPT.gzipped.as_ref().unwrap().len();
        println!(
            "widget.js: {bytes} bytes gzipped, {} plain",
            SCRIPT.plain.len()
        );
        assert!(bytes <= GZIPPED_BYTES_MAX, "{bytes} bytes gzipped");
    }

    /// A strict policy of the page forbids it, or a stranger's words could become markup by it.
    #[test]
    fn nothing_in_it_makes_markup_or_code_of_text() {
        let banned = [
            "eval(",
            "new Function",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "setAttribute('style'",
            "{ style:",
            "make('style'",
            "createElement('style'",
            "cssText",
            "createContextualFragment",
            "DOMParser",
            "srcdoc",
            "createObjectURL",
            "javascript:",
        ];
        for file in FILES {
            let found: Vec<_> = banned.iter().filter(|word| file.contains(**word)).collect();
            assert!(
                found.is_empty(),
                "{found:?} in {}",
                file.lines().next().unwrap()
            );
        }
        // Its own server is the only place it asks.
        for text in FILES.into_iter().chain([STYLE]) {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
        }
    }

    #[test]
    fn every_language_has_every_word_and_every_word_is_used() {
        let words: Value = serde_json::from_str(WORDS).unwrap();
        let keys = |language: &str| -> BTreeSet<String> {
            let table = words[language].as_object().unwrap();
            table.keys().cloned().collect()
        };
        assert_eq!(keys("en"), keys("de"));
        let script = FILES.join("\n");
        let unused: Vec<_> = keys("en")
            .into_iter()
            .filter(|key| {
                let start = key.split_once('_').map_or(key.as_str(), |(start, _)| start);
                let made = format!("`{start}_${{");
                !script.contains(&format!("'{key}'"))
                    && !script.contains(&made)
                    && key != "statuses"
            })
            .collect();
        assert!(unused.is_empty(), "no file says {unused:?}");
    }

    #[test]
    fn a_list_in_a_header_is_read() {
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            names(&headers, header::ACCEPT_ENCODING, "gzip")
        };
        assert!(asked("gzip") && asked("br, GZIP;q=0.5"));
        assert!(!asked("br") && !asked("br, gzip;q=0") && !asked("gzip;q=0.0"));
    }
}
