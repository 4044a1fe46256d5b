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

    /// A file's path from the top of the repository, with `/`; outside of one as people write it where that is relative, else from
    /// the workspace.
    #[must_use]
    pub fn repository_path(&self, id: FileId) -> String {
        let file = self.file(id);
        match &self.provenance.directory {
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
    use crate::source::FileKind;

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
