//! Where the texts of a workspace come from, as those say who read findings elsewhere: from the top of a repository, at a commit.

use super::{FileId, SourceSet};

/// Where texts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The workspace's directory from the top of its repository, with `/`; empty for the top; none outside of a repository.
    pub directory: Option<String>,
    /// The commit they were read from, in full; none for a work tree, which may differ from every commit.
    pub commit: Option<String>,
    /// Where the repository is published: a URL without who asks for it.
    pub repository: Option<String>,
}

impl SourceSet {
    /// The same texts, from there.
    #[must_use]
    pub fn from_there(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }

    /// Where the texts come from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Where one of the texts comes from.
    #[must_use]
    pub fn provenance_of(&self, id: FileId) -> &Provenance {
        match &self.base {
            Some((_, base)) if self.is_of_base(id) => base,
            _ => &self.provenance,
        }
    }

    /// A file's path from the top of the repository, with `/`; outside of one as people write it where that is relative, else from
    /// the workspace.
    #[must_use]
    pub fn repository_path(&self, id: FileId) -> String {
        let file = self.file(id);
        match &self.provenance_of(id).directory {
            Some(directory) => normalized(&format!("{directory}/{}", file.path)),
            None if file.name.starts_with('/') => normalized(&file.path),
            None => normalized(&file.name),
        }
    }
}

/// Without `.`, `..` and empty parts, as far as they can be worked out.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileKind, Span};

    #[test]
    fn texts_of_a_base_are_there_for_places_only() {
        let set = |directory: &str, commit: Option<&str>| {
            let provenance = Provenance {
                directory: Some(directory.to_owned()),
                commit: commit.map(str::to_owned),
                ..Provenance::default()
            };
            let mut set = SourceSet::new().from_there(provenance);
            let file = set.add("a.kdl", format!("{directory}/a.kdl"), FileKind::Definitions, directory);
            (set, file)
        };
        let ((head, own), (base, file)) = (set("new", None), set("old", Some("1a2b")));
        assert_eq!(head.in_base(Span::new(file, 0, 3)), None);
        let both = head.with_base(&base);
        let gone = both.in_base(Span::new(file, 0, 3)).unwrap();
        assert_eq!((both.text(gone), both.repository_path(gone.file).as_str()), ("old", "old/a.kdl"));
        assert_eq!(both.provenance_of(gone.file).commit.as_deref(), Some("1a2b"));
        assert_eq!(
            (both.files().count(), both.by_path("a.kdl"), both.repository_path(own)),
            (1, Some(own), "new/a.kdl".to_owned())
        );
        assert!(both.is_of_base(gone.file) && !both.is_of_base(own));
    }

    #[test]
    fn paths_begin_at_the_top_of_the_repository() {
        let of = |directory: Option<&str>, path: &str, name: &str| {
            let provenance = Provenance { directory: directory.map(str::to_owned), ..Provenance::default() };
            let mut set = SourceSet::new().from_there(provenance);
            let file = set.add(path, name, FileKind::Definitions, "");
            set.repository_path(file)
        };
        assert_eq!(of(Some("apps/shop"), "a.kdl", "a.kdl"), "apps/shop/a.kdl");
        assert_eq!(of(Some(""), "x/a.kdl", "HEAD:x/a.kdl"), "x/a.kdl");
        assert_eq!(of(Some("flags"), "../data.txt", "data.txt"), "data.txt");
        assert_eq!(of(None, "a.kdl", "../flags/a.kdl"), "flags/a.kdl");
        assert_eq!(of(None, "a.kdl", "/elsewhere/a.kdl"), "a.kdl");
    }
}
