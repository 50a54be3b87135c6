//! Which pages may use the chat: an allow-list of origins. A browser keeps pages that are not on it
//! from reading answers; here they are refused before anything is done.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::error::Problem;
use crate::domain::limits;

/// The allow-list. Cloned freely.
#[derive(Clone, Debug)]
pub struct Origins {
    listed: Arc<[String]>,
    /// Pages of this machine: where nobody has made a list, whoever tries it does so here.
    loopback: bool,
}

impl Origins {
    /// `own` are addresses of the shop and of this server; their pages always may.
    pub fn new(listed: Option<&[String]>, own: &[&str]) -> Self {
        let own = own.iter().filter_map(|url| origin_of(url));
        Self {
            loopback: listed.is_none(),
            listed: listed
                .unwrap_or_default()
                .iter()
                .cloned()
                .chain(own)
                .collect(),
        }
    }

    fn allow(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        self.listed.contains(&origin) || (self.loopback && is_loopback(&origin))
    }

    pub fn layer(&self) -> CorsLayer {
        let origins = self.clone();
        let allowed = AllowOrigin::predicate(move |origin, _| {
            origin.to_str().is_ok_and(|origin| origins.allow(origin))
        });
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST, Method::PUT])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::ACCEPT,
                HeaderName::from_static("last-event-id"),
            ])
            .expose_headers([header::RETRY_AFTER])
            .max_age(limits::CORS_MAX_AGE)
    }
}

/// Refuses pages that are not on the list. Programs send no origin, and a page of this server's own
/// address needs none.
pub async fn known_origin(
    State(origins): State<Origins>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let foreign = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !may(&origins, origin, headers));
    if foreign {
        return Problem::origin().into_response();
    }
    next.run(request).await
}

fn may(origins: &Origins, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    origin
        .to_str()
        .is_ok_and(|origin| origins.allow(origin) || is_own(origin, headers))
}

/// Is this the origin of the address that was asked?
pub fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    host_of(origin).is_some_and(|of| host.is_some_and(|host| host.eq_ignore_ascii_case(of)))
}

fn host_of(origin: &str) -> Option<&str> {
    origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
}

/// Scheme, host and port of an address.
pub fn origin_of(url: &str) -> Option<String> {
    let host = host_of(url)?;
    let end = host.find(['/', '?', '#']).unwrap_or(host.len());
    let scheme = &url[..url.len() - host.len()];
    Some(format!("{scheme}{}", &host[..end]).to_ascii_lowercase())
}

/// A page that this machine serves to itself, whatever its port.
fn is_loopback(origin: &str) -> bool {
    let Some(host) = host_of(origin) else {
        return false;
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        host.strip_prefix(name)
            .is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(digits))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_list_pages_of_this_machine_and_of_the_shop_may() {
        let origins = Origins::new(None, &["https://Shop.example/", "http://127.0.0.1:8080"]);
        for may in [
            "https://shop.example",
            "http://localhost",
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "http://[::1]:80",
        ] {
            assert!(origins.allow(may), "{may}");
        }
        for not in [
            "http://shop.example",
            "https://shop.example.evil.example",
            "https://shop.example:444",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost:80x",
            "http://localhost:",
            "null",
            "",
        ] {
            assert!(!origins.allow(not), "{not}");
        }
    }

    #[test]
    fn a_list_is_the_list() {
        let listed = ["https://a.example".to_owned()];
        let origins = Origins::new(Some(&listed), &["https://shop.example"]);
        assert!(origins.allow("https://a.example") && origins.allow("https://shop.example"));
        assert!(!origins.allow("http://localhost:3000") && !origins.allow("https://b.example"));
    }
}
