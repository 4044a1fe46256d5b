//! What others said, made fit to be shown: without secrets, in one line, not too long.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Credentials;

/// The most bytes of a message.
const LONGEST: usize = 2_000;

/// Takes secrets out of text.
pub(super) struct Redact {
    secrets: Vec<String>,
}

impl Redact {
    /// Knows what must not be shown.
    pub(super) fn new(credentials: &Credentials) -> Self {
        let mut secrets = match credentials {
            Credentials::None => Vec::new(),
            Credentials::Basic { username, password } => {
                vec![password.clone(), STANDARD.encode(format!("{username}:{password}")), STANDARD.encode(password)]
            }
            Credentials::Key { private, passphrase } => {
                private.lines().map(|line| line.trim().to_owned()).chain(passphrase.clone()).collect()
            }
        };
        // Two letters are in every text.
        secrets.retain(|secret| secret.len() > 3);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// The text without them, in one line.
    pub(super) fn text(&self, text: &str) -> String {
        self.lines(text).replace('\n', " ")
    }

    /// The same, in as many lines as it has.
    pub(super) fn lines(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), "…");
        }
        let odd = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
        let shown: String = text.trim().chars().map(odd).collect();
        cut(&shown, LONGEST)
    }
}

/// At most so many bytes, with a sign that there was more.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_a_secret_that_a_host_repeats() {
        let credentials = Credentials::Basic { username: "git".to_owned(), password: "s3cret-token".to_owned() };
        let encoded = STANDARD.encode("git:s3cret-token");
        let said = format!("no s3cret-token for you;\nAuthorization: Basic {encoded}\u{1b}[31m");
        let shown = Redact::new(&credentials).text(&said);
        assert_eq!(shown, "no … for you; Authorization: Basic … [31m");
        assert!(Redact::new(&credentials).text(&"ü".repeat(5_000)).len() < 2_010);
    }
}
