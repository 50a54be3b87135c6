//! Who asks: the other side of the connection, and what a trusted proxy says of whom it asks for.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::Site;
use crate::domain::origin::Origin;

/// The other side of a connection; put beside each of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What a request says of its sender.
pub struct Client {
    peer: Option<Peer>,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            peer: parts.extensions.get::<Peer>().copied(),
            headers: parts.headers.clone(),
        })
    }
}

impl Client {
    /// The token that comes with the request.
    pub fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Where the sender is. A connection whose other side is unknown by now counts as one from this
    /// machine.
    pub fn origin(&self, site: &Site) -> Origin {
        let unknown = Peer(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let Peer(peer) = self.peer.unwrap_or(unknown);
        let said = site.client_address_header.as_deref().and_then(|name| {
            // A proxy that adds a line of its own adds it last.
            let last = self.headers.get_all(name).iter().next_back()?;
            last.to_str().ok()
        });
        site.chat.origin(peer, said)
    }
}
