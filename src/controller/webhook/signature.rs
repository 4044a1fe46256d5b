//! Who sent a message: GitHub's HMAC, GitLab's token, or a bearer token. Compared in constant time.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a request carries.
pub(super) enum Given {
    /// HMAC-SHA-256 of the body.
    Signature(Vec<u8>),
    /// The secret itself.
    Token(Vec<u8>),
}

/// What a request carries; none: nothing, or nonsense.
pub(super) fn given(headers: &HeaderMap) -> Option<Given> {
    let header = |name: &str| headers.get(name).map(|value| value.as_bytes());
    if let Some(signature) = header("x-hub-signature-256").or_else(|| header("x-gitea-signature")) {
        let text = std::str::from_utf8(signature).ok()?;
        return hexadecimal(text.strip_prefix("sha256=").unwrap_or(text)).map(Given::Signature);
    }
    let bearer = || header("authorization").and_then(|value| value.strip_prefix(b"Bearer "));
    header("x-gitlab-token").or_else(bearer).filter(|token| !token.is_empty()).map(|token| Given::Token(token.to_vec()))
}

impl Given {
    /// Whether whoever sent it knows the secret.
    pub(super) fn is_by(&self, secret: &[u8], body: &[u8]) -> bool {
        match self {
            _ if secret.is_empty() => false,
            Self::Signature(signature) => Hmac::<Sha256>::new_from_slice(secret)
                .is_ok_and(|hmac| hmac.chain_update(body).verify_slice(signature).is_ok()),
            // Hashed first: not even the length shows.
            Self::Token(token) => Sha256::digest(token).ct_eq(&Sha256::digest(secret)).into(),
        }
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    (rest.is_empty() && pairs.len() == 32).then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn githubs_own_example_is_accepted_and_any_other_body_or_secret_refused() {
        // From GitHub's documentation of webhooks.
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let given = given(&headers("x-hub-signature-256", signature)).unwrap();
        let secret = b"It's a Secret to Everybody";
        assert!(given.is_by(secret, b"Hello, World!"));
        assert!(!given.is_by(secret, b"Hello, World"));
        assert!(!given.is_by(b"another", b"Hello, World!"));
    }

    #[test]
    fn a_token_is_compared_whole_and_an_empty_secret_opens_nothing() {
        let token = given(&headers("x-gitlab-token", "open")).unwrap();
        assert!(token.is_by(b"open", b"") && !token.is_by(b"opens", b"") && !token.is_by(b"", b""));
        assert!(given(&headers("authorization", "Bearer open")).unwrap().is_by(b"open", b""));
        assert!(given(&headers("x-gitlab-token", "")).is_none());
        assert!(given(&headers("x-hub-signature-256", "sha256=zz")).is_none());
        assert!(given(&HeaderMap::new()).is_none());
    }
}
