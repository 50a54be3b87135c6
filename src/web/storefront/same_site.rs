//! Forms are taken from the shop's own pages alone: a browser says where a form stands.

use axum::http::{HeaderMap, header};

use crate::shop::ShopProfile;
use crate::web::cors::{is_own, origin_of};

/// Does a request that changes something come from one of our pages, or from no page at all?
/// Browsers say `sec-fetch-site` where they trust the connection, and `origin` everywhere.
pub fn is_ours(headers: &HeaderMap, profile: &ShopProfile) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-fetch-site") {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    // One that cannot be read is not ours.
    let Some(origin) = said("origin") else {
        return false;
    };
    let own = origin_of(&profile.public_url);
    own.is_some_and(|own| own == origin.to_ascii_lowercase()) || is_own(origin, headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn forms_on_other_pages_are_not_ours() {
        let profile = ShopProfile {
            public_url: "https://shop.example/".to_owned(),
            ..crate::shop::demo::profile()
        };
        let asked = |said: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in said {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_ours(&headers, &profile)
        };
        assert!(asked(&[]), "no browser");
        assert!(asked(&[("origin", "https://shop.example")]));
        assert!(asked(&[
            ("origin", "http://127.0.0.1:1"),
            ("host", "127.0.0.1:1")
        ]));
        assert!(asked(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ]));
        for origin in ["null", "https://evil.example", "https://shop.example.evil"] {
            assert!(
                !asked(&[("origin", origin), ("host", "shop.example")]),
                "{origin}"
            );
        }
        for site in ["cross-site", "same-site"] {
            let said = [("sec-fetch-site", site), ("origin", "https://shop.example")];
            assert!(!asked(&said), "{site}");
        }
    }
}
