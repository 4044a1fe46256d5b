//! Who signed a commit or a tag, with ssh keys, as `git verify-commit` with `gpg.format=ssh` tells it.

use git2::{ErrorCode, ObjectType, Oid, Repository};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ssh_key::public::KeyData;
use ssh_key::{PublicKey, SshSig};

use super::{Failed, Reason, Reference};

/// What signatures of git are made for.
const NAMESPACE: &str = "git";

/// The armour that a signature begins with.
const ARMOUR: &[u8] = b"-----BEGIN SSH SIGNATURE-----";

/// One line of `allowed_signers`.
struct Signer {
    name: String,
    key: KeyData,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

/// Who may sign.
pub(super) struct Signers(Vec<Signer>);

impl Signers {
    /// Reads `allowed_signers` lines of ssh-keygen.
    pub(super) fn read(text: &str) -> Result<Self, Failed> {
        let mut signers = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let signer = signer(line).map_err(|wrong| {
                Failed::new(Reason::VerificationFailed, format!("line {} of the allowed signers: {wrong}", number + 1))
            })?;
            signers.push(signer);
        }
        if signers.is_empty() {
            return Err(refused("there are no allowed signers, so nobody may sign"));
        }
        Ok(Self(signers))
    }

    /// Who signed what a reference names: a tag that is signed speaks for its commit, else the commit speaks for itself.
    pub(super) fn of_reference(
        &self,
        repository: &Repository,
        reference: &Reference,
        object: Oid,
        commit: Oid,
    ) -> Result<String, Failed> {
        let Reference::Tag(name) = reference else { return self.of_commit(repository, commit) };
        let Ok(tag) = repository.find_tag(object) else { return self.of_commit(repository, commit) };
        let odb = repository.odb().map_err(|error| unreadable(object, &error))?;
        let raw = odb.read(object).map_err(|error| unreadable(object, &error))?;
        let Some((signed, signature)) = split(raw.data()) else { return self.of_commit(repository, commit) };
        let what = format!("tag `{name}`");
        if tag.name_bytes() != name.as_bytes() {
            let own = String::from_utf8_lossy(tag.name_bytes()).into_owned();
            return Err(refused(&format!("{what} is signed as `{own}`: somebody gave it another name")));
        }
        // A tag of a tag is signed for the other tag, which may have been made by anybody.
        if tag.target_type() != Some(ObjectType::Commit) {
            return Err(refused(&format!("{what} is signed, but names no commit")));
        }
        let at = tag.tagger().map_or(0, |tagger| tagger.when().seconds());
        self.judge(&what, signed, signature, at)
    }

    /// Who signed a commit.
    pub(super) fn of_commit(&self, repository: &Repository, id: Oid) -> Result<String, Failed> {
        let what = format!("commit `{id}`");
        let (signature, signed) = match repository.extract_signature(&id, None) {
            Ok(parts) => parts,
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(refused(&format!("{what} is not signed")));
            }
            Err(error) => return Err(unreadable(id, &error)),
        };
        let commit = repository.find_commit(id).map_err(|error| unreadable(id, &error))?;
        self.judge(&what, &signed, &signature, commit.time().seconds())
    }

    fn judge(&self, what: &str, signed: &[u8], signature: &[u8], at: i64) -> Result<String, Failed> {
        if !signature.trim_ascii_start().starts_with(ARMOUR) {
            return Err(refused(&format!("{what} is signed, but not with an ssh key (`gpg.format=ssh`)")));
        }
        let wrong = || refused(&format!("the signature of {what} is wrong: it was signed as something else"));
        // Lines of a commit's header are indented by git, and the armour ends without a line break in some versions.
        let signature = SshSig::from_pem(signature.trim_ascii()).map_err(|_| wrong())?;
        let key = PublicKey::from(signature.public_key().clone());
        key.verify(NAMESPACE, signed, &signature).map_err(|_| wrong())?;
        let fingerprint = key.fingerprint(ssh_key::HashAlg::Sha256);
        let known: Vec<&Signer> = self.0.iter().filter(|signer| signer.key == *signature.public_key()).collect();
        if known.is_empty() {
            return Err(refused(&format!("{what} is signed by a key that is not allowed: {fingerprint}")));
        }
        let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let valid = |signer: &&Signer| {
            signer.namespaces.as_deref().is_none_or(|list| list.split(',').any(|one| one == NAMESPACE || one == "*"))
                && signer.after.is_none_or(|after| at >= after)
                && signer.before.is_none_or(|before| at < before)
        };
        match known.into_iter().find(valid) {
            Some(signer) => Ok(signer.name.clone()),
            None => Err(refused(&format!(
                "{what} is signed by a key that is not allowed for it at its time: {fingerprint}"
            ))),
        }
    }
}

/// `PRINCIPALS [OPTIONS] TYPE KEY [COMMENT]`.
fn signer(line: &str) -> Result<Signer, String> {
    let mut fields = Fields(line);
    let name = fields.next().ok_or("it is empty")?;
    let mut next = fields.next().ok_or("it has no key")?;
    let (mut namespaces, mut after, mut before) = (None, None, None);
    if !next.starts_with("ssh-") && !next.starts_with("ecdsa-") && !next.starts_with("sk-") {
        for option in options(next) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.trim_matches('"');
            match key.to_ascii_lowercase().as_str() {
                "namespaces" => namespaces = Some(value.to_owned()),
                "valid-after" => after = Some(instant(value)?),
                "valid-before" => before = Some(instant(value)?),
                "cert-authority" => return Err("authorities are not supported; name the keys themselves".to_owned()),
                other => return Err(format!("`{other}` is no option of allowed signers")),
            }
        }
        next = fields.next().ok_or("it has no key")?;
    }
    let key = fields.next().ok_or("it has no key")?;
    let key = PublicKey::from_openssh(&format!("{next} {key}")).map_err(|_| "its key cannot be read".to_owned())?;
    Ok(Signer { name: name.trim_matches('"').to_owned(), key: key.key_data().clone(), namespaces, after, before })
}

/// Words between blanks; blanks in quotes do not count.
struct Fields<'a>(&'a str);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let mut quoted = false;
        let end = text.find(|c: char| {
            quoted ^= c == '"';
            !quoted && c.is_whitespace()
        });
        let (field, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        self.0 = rest;
        (!field.is_empty()).then_some(field)
    }
}

/// Options between commas; commas in quotes do not count.
fn options(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        !quoted && c == ','
    })
    .collect()
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, in UTC with or without a `Z`.
fn instant(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time such as `20270101Z`");
    let digits = text.strip_suffix('Z').unwrap_or(text);
    let format = match digits.len() {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return Err(wrong()),
    };
    let padded = if digits.len() == 8 { format!("{digits}0000") } else { digits.to_owned() };
    let format = if digits.len() == 8 { "%Y%m%d%H%M" } else { format };
    let time = DateTime::strptime(format, padded).map_err(|_| wrong())?;
    time.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// What of a tag is signed, and its signature.
fn split(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let starts = |at: &usize| raw.get(*at..).is_some_and(|rest| rest.starts_with(ARMOUR));
    let mut lines = memchr::memchr_iter(b'\n', raw).map(|at| at + 1);
    // Git takes the last one.
    let at = lines.rfind(starts)?;
    raw.split_at_checked(at)
}

fn refused(message: &str) -> Failed {
    Failed::new(Reason::VerificationFailed, message)
}

fn unreadable(id: Oid, error: &git2::Error) -> Failed {
    Failed::new(Reason::FetchFailed, format!("`{id}` cannot be read: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn lines_have_principals_options_and_keys() {
        let text = format!(
            "# people\n\nana@example.com {KEY} laptop\nben@example.com,ci valid-after=\"20270101Z\",namespaces=\"git,file\" {KEY}\n"
        );
        let signers = Signers::read(&text).unwrap().0;
        assert_eq!(signers[0].name, "ana@example.com");
        assert_eq!(signers[1].name, "ben@example.com,ci");
        assert_eq!(signers[1].namespaces.as_deref(), Some("git,file"));
        assert_eq!(signers[1].after.unwrap().to_string(), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn lines_that_cannot_be_read_refuse_everything() {
        for (line, wrong) in [
            ("", "no allowed signers"),
            ("ana@example.com", "line 1 of the allowed signers: it has no key"),
            ("ana@example.com ssh-ed25519 x", "its key cannot be read"),
            ("* cert-authority ssh-ed25519 x", "authorities are not supported"),
            ("* valid-before=\"soon\" ssh-ed25519 x", "`soon` is no time"),
            ("* constrained ssh-ed25519 x", "`constrained` is no option"),
        ] {
            let failed = Signers::read(line).err().unwrap();
            assert!(failed.message.contains(wrong), "{line}: {}", failed.message);
        }
    }
}
