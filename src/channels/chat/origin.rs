//! From a network address to the keyed hash that is kept of it.

use std::net::IpAddr;

use super::Chat;
use crate::domain::ids::keyed_hash;
use crate::domain::origin::Origin;

impl Chat {
    /// Where a client is. `said` is what a proxy in front says of its address, when one is trusted
    /// to; `peer` is who has connected.
    pub fn origin(&self, peer: IpAddr, said: Option<&str>) -> Origin {
        of(&self.assistant.parts.secret, peer, said)
    }
}

fn of(secret: &[u8; 32], peer: IpAddr, said: Option<&str>) -> Origin {
    let said = said.and_then(last_address);
    let address = one_client(said.unwrap_or(peer));
    let hash = keyed_hash(secret, &["origin", &address]);
    if said.is_none() && is_near(peer) {
        Origin::Machine(hash)
    } else {
        Origin::Address(hash)
    }
}

/// This machine or its own network, where a proxy in another container or on another host stands.
fn is_near(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(peer) => {
            // RFC 6598: carriers, and the networks of many clusters.
            let is_shared = matches!(peer.octets(), [100, 64..=127, ..]);
            peer.is_loopback() || peer.is_private() || peer.is_link_local() || is_shared
        }
        IpAddr::V6(peer) => {
            peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local()
        }
    }
}

/// The last entry is the one that the nearest proxy wrote; those before it are the client's word.
/// It may be in brackets and may have a port.
fn last_address(said: &str) -> Option<IpAddr> {
    let last = said.rsplit(',').next()?.trim();
    let last = last.trim_matches('"');
    if let Ok(address) = last.parse() {
        return Some(address);
    }
    let socket: Option<std::net::SocketAddr> = last.parse().ok();
    socket.map(|socket| socket.ip()).or_else(|| {
        let inner = last.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    })
}

/// What one client has to itself: an IPv4 address, or the 64-bit network that IPv6 gives to each.
fn one_client(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64;
            format!("{network:016x}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: &str, said: Option<&str>) -> Origin {
        of(&[1; 32], peer.parse().unwrap(), said)
    }

    #[test]
    fn the_last_entry_is_the_proxys_word_and_the_rest_the_clients() {
        let client = origin("127.0.0.1", Some("203.0.113.9"));
        for said in [
            "198.51.100.1, 203.0.113.9",
            "127.0.0.1,203.0.113.9:5000",
            "\"203.0.113.9\"",
            "::ffff:203.0.113.9",
        ] {
            assert_eq!(origin("127.0.0.1", Some(said)), client, "{said}");
        }
        assert_eq!(origin("203.0.113.9", None), client);
        assert_ne!(origin("127.0.0.1", Some("203.0.113.10")), client);
        assert!(matches!(client, Origin::Address(_)));
    }

    #[test]
    fn a_machine_that_says_nothing_is_one_origin_of_another_kind() {
        let machine = origin("127.0.0.1", None);
        assert!(matches!(machine, Origin::Machine(_)));
        assert!(matches!(origin("::1", None), Origin::Machine(_)));
        // A proxy in a container or on the next host: everybody comes from its address.
        for near in [
            "172.17.0.1",
            "10.0.3.9",
            "192.168.1.2",
            "::ffff:10.0.3.9",
            "fd00::1",
            "100.64.0.7",
        ] {
            assert!(matches!(origin(near, None), Origin::Machine(_)), "{near}");
            let said = origin(near, Some("203.0.113.9"));
            assert_eq!(said, origin("127.0.0.1", Some("203.0.113.9")), "{near}");
        }
        for far in ["172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"] {
            assert!(matches!(origin(far, None), Origin::Address(_)), "{far}");
        }
        for nonsense in ["", "unknown", "a, b", "999.1.1.1"] {
            assert_eq!(origin("127.0.0.1", Some(nonsense)), machine, "{nonsense}");
        }
        // A client that claims to be this machine gets no larger limit.
        let claimed = origin("127.0.0.1", Some("127.0.0.1"));
        assert!(matches!(claimed, Origin::Address(_)));
    }

    #[test]
    fn a_client_does_not_get_more_by_the_addresses_of_its_network() {
        let first = origin("2001:db8:1:2::1", None);
        assert_eq!(origin("2001:db8:1:2:ffff::9", None), first);
        assert_ne!(origin("2001:db8:1:3::1", None), first);
    }

    #[test]
    fn the_address_is_not_in_it_and_the_secret_keys_it() {
        let one = origin("203.0.113.9", None).to_string();
        assert!(!one.contains("203"), "{one}");
        let other = of(&[2; 32], "203.0.113.9".parse().unwrap(), None);
        assert_ne!(one, other.to_string());
        assert_eq!(Origin::parse(&one).unwrap().to_string(), one);
        assert_eq!(Origin::parse("somewhere"), None);
    }
}
