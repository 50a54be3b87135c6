//! Addresses of the shop's pages and pictures, as cards and mails name them.

use super::ShopProfile;
use crate::domain::ids::ProductId;
use crate::domain::policy::anchor;

/// Where a product's page is.
pub fn product(profile: &ShopProfile, id: &ProductId) -> String {
    let shop = profile.url.trim_end_matches('/');
    format!("{shop}/products/{}", one_step(id.as_str()))
}

/// Where this server's picture of a product is, in a colour; "" for the product's first.
pub fn picture(profile: &ShopProfile, id: &ProductId, color: &str) -> String {
    let server = profile.public_url.trim_end_matches('/');
    let picture = format!("{server}/pictures/{}.svg", one_step(id.as_str()));
    match color {
        "" => picture,
        color => format!("{picture}?color={}", one_step(color)),
    }
}

/// Where a passage of a policy stands; nothing where this server does not show the shop's pages.
pub fn policy(profile: &ShopProfile, id: &str, heading: &str) -> Option<String> {
    let shop = profile.url.trim_end_matches('/');
    profile
        .has_storefront
        .then(|| format!("{shop}/policies/{}#{}", one_step(id), anchor(heading)))
}

/// Whatever a text holds, it stays one step of a path or one value of a query.
pub fn one_step(text: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_id_holds_it_stays_in_its_place() {
        for (text, step) in [
            ("p-0001", "p-0001"),
            ("../a b?c#d", "..%2Fa%20b%3Fc%23d"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(one_step(text), step);
        }
    }
}
