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

    // Keys that were made for these tests and sign nothing else.
    const KEYS: [&[u8]; 2] = [
        include_bytes!("../../tests/data/keys/storefront-1.der"),
        include_bytes!("../../tests/data/keys/storefront-2.der"),
    ];
    const SET: &str = include_str!("../../tests/data/keys/storefront.jwks.json");

    /// A file of its own that goes with the test.
    struct KeyFile(std::path::PathBuf);

    impl KeyFile {
        fn new(name: &str, text: &str) -> Self {
            let name = format!("attendant-{name}-{}.json", std::process::id());
            let file = Self(std::env::temp_dir().join(name));
            std::fs::write(&file.0, text).unwrap();
            file
        }

        fn tokens(&self) -> CustomerTokens {
            tokens().with_jwks(&self.0).unwrap()
        }
    }

    impl Drop for KeyFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn claims_of(more: serde_json::Value) -> serde_json::Value {
        let mut claims =
            serde_json::json!({"sub": "c-17", "aud": "attendant", "exp": NOW_MS / 1000 + 60});
        let all = claims.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        all.retain(|_, value| !value.is_null());
        claims
    }

    fn rs256(kid: Option<&str>, key: usize, claims: &serde_json::Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = kid.map(str::to_owned);
        let key = EncodingKey::from_rsa_der(KEYS[key]);
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }

    #[test]
    fn a_private_key_of_the_set_signs_and_its_kid_says_which() {
        let file = KeyFile::new("several-keys", SET);
        let tokens = file.tokens();
        let plain = claims_of(serde_json::json!({}));
        for (kid, key) in [("key-1", 0), ("key-2", 1)] {
            let customer = tokens.verify(&rs256(Some(kid), key, &plain), NOW_MS);
            assert_eq!(customer, Ok(CustomerId::new("c-17")));
        }
        let many = claims_of(serde_json::json!({"aud": ["other", "attendant"], "iss": "shop"}));
        assert!(
            tokens
                .verify(&rs256(Some("key-1"), 0, &many), NOW_MS)
                .is_ok()
        );
        for (kid, key) in [
            (Some("key-1"), 1),
            (Some("key-3"), 0),
            (Some(""), 0),
            (None, 0),
        ] {
            let token = rs256(kid, key, &plain);
            assert_eq!(tokens.verify(&token, NOW_MS), Err(BadToken), "{kid:?}");
        }
        // The shared secret goes on to count, and without a set no public key does.
        let shared = tokens.issue(&CustomerId::new("c-1"), NOW_MS, HOUR).unwrap();
        assert!(tokens.verify(&shared, NOW_MS).is_ok());
        let without = super::tests::tokens();
        assert_eq!(
            without.verify(&rs256(Some("key-1"), 0, &plain), NOW_MS),
            Err(BadToken)
        );
    }

    #[test]
    fn what_is_claimed_must_be_there_and_hold_now() {
        let file = KeyFile::new("claims", SET);
        let tokens = file.tokens();
        let now_s = NOW_MS / 1000;
        for wrong in [
            serde_json::json!({"exp": null}),
            serde_json::json!({"aud": null}),
            serde_json::json!({"sub": null}),
            serde_json::json!({"sub": ""}),
            serde_json::json!({"sub": 17}),
            serde_json::json!({"aud": "elsewhere"}),
            serde_json::json!({"aud": ["elsewhere"]}),
            serde_json::json!({"exp": now_s}),
            serde_json::json!({"exp": "never"}),
            serde_json::json!({"nbf": now_s + 60}),
            serde_json::json!({"nbf": "soon"}),
        ] {
            let claims = claims_of(wrong);
            let token = rs256(Some("key-1"), 0, &claims);
            assert_eq!(tokens.verify(&token, NOW_MS), Err(BadToken), "{claims}");
            let shared = jsonwebtoken::encode(
                &Header::new(Algorithm::HS256),
                &claims,
                &EncodingKey::from_secret(b"a secret of this shop, 32 bytes."),
            );
            assert_eq!(
                tokens.verify(&shared.unwrap(), NOW_MS),
                Err(BadToken),
                "{claims}"
            );
        }
        for right in [
            serde_json::json!({"nbf": now_s}),
            serde_json::json!({"nbf": now_s + 10}),
            serde_json::json!({"exp": 1_800_000_000.5 + 60.0}),
        ] {
            let token = rs256(Some("key-1"), 0, &claims_of(right));
            assert!(tokens.verify(&token, NOW_MS).is_ok());
        }
    }

    /// The public key is public: as the secret of another algorithm it must open nothing.
    #[test]
    fn a_public_key_is_no_secret() {
        let file = KeyFile::new("confusion", SET);
        let tokens = file.tokens();
        let set: serde_json::Value = serde_json::from_str(SET).unwrap();
        let n = set["keys"][0]["n"].as_str().unwrap();
        let der_of_public = &KEYS[0][..300];
        for secret in [SET.as_bytes(), n.as_bytes(), der_of_public, b"", b"key-1"] {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let mut header = Header::new(algorithm);
                header.kid = Some("key-1".to_owned());
                let key = EncodingKey::from_secret(secret);
                let claims = claims_of(serde_json::json!({}));
                let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
                assert_eq!(tokens.verify(&token, NOW_MS), Err(BadToken));
            }
        }
        // Neither do the private key's other algorithms.
        for algorithm in [Algorithm::RS384, Algorithm::PS256] {
            let mut header = Header::new(algorithm);
            header.kid = Some("key-1".to_owned());
            let key = EncodingKey::from_rsa_der(KEYS[0]);
            let token = jsonwebtoken::encode(&header, &claims_of(serde_json::json!({})), &key);
            assert_eq!(tokens.verify(&token.unwrap(), NOW_MS), Err(BadToken));
        }
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_leaves_the_keys() {
        let mut set: serde_json::Value = serde_json::from_str(SET).unwrap();
        let second = set["keys"].as_array_mut().unwrap().pop().unwrap();
        let file = KeyFile::new("changing", &set.to_string());
        let tokens = file.tokens();
        let plain = claims_of(serde_json::json!({}));
        let (one, two) = (
            rs256(Some("key-1"), 0, &plain),
            rs256(Some("key-2"), 1, &plain),
        );
        assert!(tokens.verify(&one, NOW_MS).is_ok());
        assert_eq!(tokens.verify(&two, NOW_MS), Err(BadToken));

        let other = serde_json::json!({"keys": [second]}).to_string();
        std::fs::write(&file.0, format!("{other}\n")).unwrap();
        assert_eq!(tokens.verify(&one, NOW_MS), Err(BadToken));
        assert!(tokens.verify(&two, NOW_MS).is_ok());

        std::fs::write(&file.0, "{").unwrap();
        assert!(tokens.verify(&two, NOW_MS).is_ok());
        std::fs::remove_file(&file.0).unwrap();
        assert!(tokens.verify(&two, NOW_MS).is_ok());
    }

    /// RFC 7517: what a set holds of kinds that are not understood is ignored.
    #[test]
    fn keys_of_other_kinds_are_left_alone() {
        let mut set: serde_json::Value = serde_json::from_str(SET).unwrap();
        let keys = set["keys"].as_array_mut().unwrap();
        keys.push(
            serde_json::json!({"kty": "AKP", "kid": "key-7", "alg": "ML-DSA-44", "pub": "x"}),
        );
        keys.push(
            serde_json::json!({"kty": "EC", "kid": "key-8", "crv": "secp256k1", "x": "", "y": ""}),
        );
        keys.push(serde_json::json!({"kty": "oct", "kid": "key-9", "k": "c2VjcmV0"}));
        let file = KeyFile::new("other-kinds", &set.to_string());
        let tokens = file.tokens();
        let plain = claims_of(serde_json::json!({}));
        let token = rs256(Some("key-1"), 0, &plain);
        assert!(tokens.verify(&token, NOW_MS).is_ok());
        for kid in ["key-7", "key-8", "key-9"] {
            let token = rs256(Some(kid), 0, &plain);
            assert_eq!(tokens.verify(&token, NOW_MS), Err(BadToken), "{kid}");
        }
    }

    #[test]
    fn a_set_that_cannot_be_used_says_why() {
        let rsa = |more: serde_json::Value| {
            let set: serde_json::Value = serde_json::from_str(SET).unwrap();
            let mut key = set["keys"][0].clone();
            let fields = key.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            fields.retain(|_, value| !value.is_null());
            serde_json::json!({"keys": [key]}).to_string()
        };
        let twice = {
            let set: serde_json::Value = serde_json::from_str(SET).unwrap();
            serde_json::json!({"keys": [set["keys"][0], set["keys"][0]]}).to_string()
        };
        for (text, word) in [
            ("not json".to_owned(), "no JWK set"),
            ("{\"keys\": []}".to_owned(), "no RSA key"),
            (rsa(serde_json::json!({"kid": null})), "kid"),
            (rsa(serde_json::json!({"use": "enc"})), "no RSA key"),
            (rsa(serde_json::json!({"alg": "RS512"})), "no RSA key"),
            (rsa(serde_json::json!({"n": "%%%"})), "key-1"),
            (
                "{\"keys\": [{\"kty\": \"oct\", \"kid\": \"s\", \"k\": \"c2VjcmV0\"}]}".to_owned(),
                "no RSA key",
            ),
            (twice, "two keys"),
        ] {
            let file = KeyFile::new("bad-keys", &text);
            let error = tokens().with_jwks(&file.0).err().unwrap().to_string();
            assert!(error.contains(word), "{text}: {error}");
            assert!(error.contains("bad-keys"), "{error}");
        }
        let gone = tokens().with_jwks(Path::new("/nonexistent/keys.json"));
        assert!(
            gone.err()
                .unwrap()
                .to_string()
                .contains("/nonexistent/keys.json")
        );
    }
}
