//! What is evaluated: an environment of a workspace, compiled, or a configuration file.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::subject;
use crate::cli::{Context, session};
use crate::compile::{self, Origin};
use crate::diagnostic::suggest;
use crate::evaluate::AttributeValue;
use crate::failure::Failure;
use crate::model::{Attribute, Environment, Flag, Value, Workspace};
use crate::source::SourceSet;
use crate::ufc::{self, Config, Format, VariationType};

/// A configuration, and the workspace it was compiled from.
pub(in crate::cli) struct Target {
    pub(in crate::cli) config: Config,
    pub(in crate::cli) authored: Option<Authored>,
}

/// Where a configuration comes from, when it is a workspace.
pub(in crate::cli) struct Authored {
    sources: SourceSet,
    checked: crate::check::Checked,
    origins: BTreeMap<String, Vec<Origin>>,
}

impl Target {
    /// A configuration file, plain or obfuscated; `-` is standard input.
    pub(in crate::cli) fn of_file(file: &Path) -> Result<Self, Failure> {
        read_configuration(file).map(|config| Self { config, authored: None })
    }

    /// An environment of a workspace (a directory, or a git revision), compiled; none when the workspace has errors, which are then
    /// reported.
    pub(in crate::cli) fn of_workspace(
        directory: Option<&Path>,
        environment: Option<&str>,
        context: &mut Context,
    ) -> Result<Option<Self>, Failure> {
        let session = session::open_any(directory, None, context.now)?;
        let Some(checked) = &session.checked else {
            session.report(context, true);
            return Ok(None);
        };
        let environment = self::environment(checked.workspace(), environment.unwrap_or_default())?;
        let compiled = compile::compile(checked, environment, &compile::instant(Timestamp::UNIX_EPOCH));
        let Some(checked) = session.checked else { return Ok(None) };
        let authored = Authored { sources: session.sources, checked, origins: compiled.origins };
        Ok(Some(Self { config: compiled.config, authored: Some(authored) }))
    }

    /// The attributes the workspace declares; none of a file.
    pub(in crate::cli) fn declared(&self) -> Option<&[Arc<Attribute>]> {
        self.authored.as_ref().map(|authored| authored.checked.workspace().attributes.as_slice())
    }

    /// The keys of all flags, those that the environment does not serve too.
    pub(in crate::cli) fn flags(&self) -> std::collections::BTreeSet<&str> {
        let defined = self.authored.iter().flat_map(|authored| &authored.checked.workspace().flags);
        let served = self.config.flags.keys().map(String::as_str);
        defined.map(|flag| flag.key.value.as_str()).chain(served).collect()
    }

    /// Refuses a flag that the workspace does not define; of a file it is only said, because evaluators give the default.
    pub(in crate::cli) fn check_flag(&self, key: &str, context: &mut Context) -> Result<(), Failure> {
        let Some(authored) = &self.authored else {
            let known = self.config.flags.keys().map(String::as_str);
            if let (None, Format::Server) = (self.wire(key), self.config.format) {
                let help =
                    suggest::nearest(key, known).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                context.output.messages().line(format_args!("note: the file has no flag `{key}`{help}"));
            }
            return Ok(());
        };
        let known = authored.checked.workspace().flags.iter().map(|flag| flag.key.value.as_str());
        if known.clone().any(|known| known == key) {
            return Ok(());
        }
        let help = suggest::did_you_mean(key, known, "define it with `flag`");
        Err(Failure::new(format!("there is no flag `{key}`")).help(help))
    }

    /// The subject's attributes, typed.
    pub(in crate::cli) fn attributes(
        &self,
        written: &[String],
        context: &mut Context,
    ) -> Result<BTreeMap<String, AttributeValue>, Failure> {
        subject::pairs(written, self.declared(), context)
    }

    /// The flag as evaluators find it; none when absent or unreadable.
    pub(in crate::cli) fn wire(&self, key: &str) -> Option<&ufc::Flag> {
        match self.config.format {
            Format::Server => self.config.flags.get(key)?.as_ref().ok(),
            Format::Client => self.config.flags.get(&ufc::obfuscate::hash(key))?.as_ref().ok(),
        }
    }

    /// Why the flag's part of the file cannot be read.
    pub(in crate::cli) fn unreadable(&self, key: &str) -> Option<&str> {
        let key = match self.config.format {
            Format::Server => key.to_owned(),
            Format::Client => ufc::obfuscate::hash(key),
        };
        self.config.flags.get(&key)?.as_ref().err().map(String::as_str)
    }

    /// The flag's own type.
    pub(in crate::cli) fn kind(&self, key: &str) -> Option<VariationType> {
        let authored = self.authored.as_ref().and_then(|authored| {
            authored.checked.workspace().flags.iter().find(|flag| flag.key.value == key).map(|flag| flag.kind)
        });
        authored.or_else(|| self.wire(key).map(|flag| flag.variation_type))
    }

    /// What the workspace says callers pass as default.
    pub(super) fn code_default(&self, key: &str) -> Option<serde_json::Value> {
        let workspace = self.authored.as_ref()?.checked.workspace();
        passed_default(workspace.flags.iter().find(|flag| flag.key.value == key)?)
    }

    /// Where the flag's allocations come from, and the texts they come from.
    pub(in crate::cli) fn origins(&self, key: &str) -> Option<(&[Origin], &SourceSet)> {
        let authored = self.authored.as_ref()?;
        Some((authored.origins.get(key)?, &authored.sources))
    }
}

/// What a flag says that callers pass as default.
pub(in crate::cli) fn passed_default(flag: &Flag) -> Option<serde_json::Value> {
    Some(match flag.code_default.as_ref()? {
        Value::Boolean(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Numeric(number) => (*number).into(),
        Value::Json(text) => serde_json::from_str(text).ok()?,
    })
}

/// Whether a path stands for standard input.
pub(in crate::cli) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A configuration file, plain or obfuscated; `-` is standard input.
pub(in crate::cli) fn read_configuration(file: &Path) -> Result<Config, Failure> {
    let name = if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let outcome = if is_standard_input(file) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    outcome.map_err(|error| Failure::new(format!("cannot read `{name}`: {error}")))?;
    ufc::read(&bytes).map_err(|error| {
        Failure::new(format!("`{name}` is not a flag configuration: {error}"))
            .help("`flagfall compile` writes such files to dist/")
    })
}

/// The environment of that name.
pub(in crate::cli) fn environment<'w>(workspace: &'w Workspace, name: &str) -> Result<&'w Environment, Failure> {
    let found = workspace.environments.iter().find(|environment| environment.name.value == name);
    found.map(AsRef::as_ref).ok_or_else(|| {
        let known = workspace.environments.iter().map(|environment| environment.name.value.as_str());
        let help = suggest::did_you_mean(name, known, "declare it with `env` in flagfall.kdl");
        Failure::new(format!("there is no environment `{name}`")).help(help)
    })
}
