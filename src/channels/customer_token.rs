//! Customer tokens: the storefront signs who is logged in, so that nobody has to prove it again.
//! A JWT (HS256) with `sub` the customer's id, `aud` "attendant" and `exp`.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::domain::ids::CustomerId;
use crate::domain::limits;

const AUDIENCE: &str = "attendant";

/// Signs and verifies with one shared secret.
#[derive(Clone)]
pub struct CustomerTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The token does not count. Deliberately without a reason: it would help whoever forges one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the customer token is not valid or has run out")]
pub struct BadToken;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    /// Seconds since the epoch.
    exp: i64,
}

impl CustomerTokens {
    pub fn new(secret: &[u8]) -> Self {
        Self {
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
        }
    }

    pub fn issue(
        &self,
        customer: &CustomerId,
        now_ms: i64,
        ttl: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let ttl_s = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
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
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifying, &rules)
            .map_err(|_| BadToken)?
            .claims;
        if claims.sub.is_empty() || claims.exp <= now_ms / 1000 {
            return Err(BadToken);
        }
        Ok(CustomerId::new(claims.sub))
    }
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

        let claims = |aud: &str, sub: &str| Claims {
            sub: sub.into(),
            aud: aud.into(),
            exp: NOW_MS / 1000 + 60,
        };
        let sign = |algorithm, claims: &Claims| {
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
