//! Customer tokens: the storefront signs who is logged in, so that nobody has to prove it again.
//! A JWT with `sub` the customer's id, `aud` "attendant" and `exp`; `nbf` counts where it is there.
//! Signed with the shared secret (HS256), or with a private key (RS256) whose public half stands in
//! the configured JWK set under the token's `kid`.
//!
//! Each algorithm has keys of its own kind and is checked with those alone: a token that names HS256
//! is never checked with a public key, whatever it was signed with.

mod jwks;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::limits;
pub use jwks::BadKeys;
use jwks::PublicKeys;

const AUDIENCE: &str = "attendant";

/// Signs and verifies with one shared secret; verifies with public keys too. Cloned freely.
#[derive(Clone)]
pub struct CustomerTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Option<Arc<PublicKeys>>,
}

/// The token does not count. Deliberately without a reason: it would help whoever forges one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the customer token is not valid or has run out")]
pub struct BadToken;

#[derive(Serialize)]
struct Issued {
    sub: String,
    aud: String,
    /// Seconds since the epoch.
    exp: i64,
}

/// What is read of a token beside its audience, which the library checks: it may be a list.
/// Seconds since the epoch, in fractions where the storefront writes them.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
}

impl CustomerTokens {
    pub fn new(secret: &[u8]) -> Self {
        Self {
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            public: None,
        }
    }

    /// With the public keys of a file beside the secret.
    pub fn with_jwks(mut self, path: &Path) -> Result<Self, BadKeys> {
        self.public = Some(Arc::new(PublicKeys::open(path)?));
        Ok(self)
    }

    pub fn issue(
        &self,
        customer: &CustomerId,
        now_ms: i64,
        ttl: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let ttl_s = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = Issued {
            sub: customer.to_string(),
            aud: AUDIENCE.to_owned(),
            exp: (now_ms / 1000).saturating_add(ttl_s),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
    }

    /// Whose token it is. Time is the caller's, so the library's own look at the clock is off.
    pub fn verify(&self, token: &str, now_ms: i64) -> Result<CustomerId, BadToken> {
        if token.len() > limits::CUSTOMER_TOKEN_BYTES_MAX {
            return Err(BadToken);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken)?;
        let claims = match header.alg {
            Algorithm::HS256 => claims(token, &self.verifying, Algorithm::HS256)?,
            Algorithm::RS256 => {
                let public = self.public.as_ref().ok_or(BadToken)?;
                let key = header.kid.and_then(|kid| public.key(&kid));
                claims(token, &key.ok_or(BadToken)?, Algorithm::RS256)?
            }
            _ => return Err(BadToken),
        };
        let now_s = now_ms as f64 / 1000.0;
        let skew_s = limits::CUSTOMER_TOKEN_SKEW.as_secs_f64();
        let early = claims.nbf.is_some_and(|nbf| nbf > now_s + skew_s);
        if claims.sub.is_empty() || claims.exp <= now_s || early {
            return Err(BadToken);
        }
        Ok(CustomerId::new(claims.sub))
    }
}

fn claims(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, BadToken> {
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    rules.validate_exp = false;
    let read = jsonwebtoken::decode::<Claims>(token, key, &rules);
    read.map(|token| token.claims).map_err(|_| BadToken)
}

impl fmt::Debug for CustomerTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerTokens(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Random;

    const NOW_MS: i64 = 1_800_000_000_000;
    const HOUR: Duration = Duration::from_secs(3600);

    fn tokens() -> CustomerTokens {
        CustomerTokens::new(b"a secret of this shop, 32 bytes.")
    }

    #[test]
    fn a_token_says_who_until_it_has_run_out() {
        let customer = CustomerId::new("c-17");
        let token = tokens().issue(&customer, NOW_MS, HOUR).unwrap();
        assert_eq!(tokens().verify(&token, NOW_MS), Ok(customer.clone()));
        assert_eq!(tokens().verify(&token, NOW_MS + 3_599_000), Ok(customer));
        assert_eq!(tokens().verify(&token, NOW_MS + 3_600_000), Err(BadToken));
    }

    #[test]
    fn other_secrets_audiences_algorithms_and_edits_do_not_count() {
        let customer = CustomerId::new("c-17");
        let foreign = CustomerTokens::new(b"another shop")
            .issue(&customer, NOW_MS, HOUR)
            .unwrap();
        assert_eq!(tokens().verify(&foreign, NOW_MS), Err(BadToken));

        let claims = |aud: &str, sub: &str| Issued {
            sub: sub.into(),
            aud: aud.into(),
            exp: NOW_MS / 1000 + 60,
        };
        let sign = |algorithm, claims: &Issued| {
            jsonwebtoken::encode(&Header::new(algorithm), claims, &tokens().signing).unwrap()
        };
        let elsewhere = sign(Algorithm::HS256, &claims("elsewhere", "c-17"));
        assert_eq!(tokens().verify(&elsewhere, NOW_MS), Err(BadToken));
        let nobody = sign(Algorithm::HS256, &claims(AUDIENCE, ""));
        assert_eq!(tokens().verify(&nobody, NOW_MS), Err(BadToken));
        let longer_hash = sign(Algorithm::HS512, &claims(AUDIENCE, "c-17"));
        assert_eq!(tokens().verify(&longer_hash, NOW_MS), Err(BadToken));

        // {"alg":"none"} with the right claims and no signature.
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjLTE3IiwiYXVkIjoiYXR0ZW5kYW50IiwiZXhwIjo5OTk5OTk5OTk5fQ.";
        assert_eq!(tokens().verify(unsigned, NOW_MS), Err(BadToken));
    }

    #[test]
    fn whatever_else_is_sent_is_refused_without_a_panic() {
        let good = tokens()
            .issue(&CustomerId::new("c-17"), NOW_MS, HOUR)
            .unwrap();
        for cut in 0..good.len() {
            assert_eq!(
                tokens().verify(&good[..cut], NOW_MS),
                Err(BadToken),
                "cut at {cut}"
            );
        }
        let huge = "a".repeat(limits::CUSTOMER_TOKEN_BYTES_MAX + 1);
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            huge.as_str(),
            &Random::seeded(1).secret(),
        ] {
            assert_eq!(tokens().verify(text, NOW_MS), Err(BadToken));
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", tokens()).contains("32 bytes"));
    }
}
