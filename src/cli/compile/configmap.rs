//! `compile --emit configmap`: what the controller would apply, as YAML.

use std::path::Path;

use clap::ValueEnum;

use super::{Args, EPOCH, note_time};
use crate::check::Checked;
use crate::cli::{Context, Exit, Format};
use crate::failure::Failure;
use crate::git;
use crate::model::Environment;
use crate::publish::{self, Payload, names, render, yaml};
use crate::ufc;
use crate::workspace::write::{Existing, shown, write_all};

/// What to emit instead of files of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// ConfigMaps, as the controller applies them.
    Configmap,
}

/// How a configuration is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// config.json in the ConfigMap
    #[default]
    Inline,
    /// config.json.gz in the ConfigMap
    Gzip,
    /// Immutable parts beside it, which `flagfall agent` reads
    Parts,
}

/// ConfigMaps instead of files.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Print YAML for a cluster instead of writing files; with --out write it to DIR/NAME.yaml
    #[arg(long, value_enum, conflicts_with = "check", requires = "name")]
    pub emit: Option<Emit>,
    /// The ConfigMap's name
    #[arg(long, requires = "emit")]
    pub name: Option<String>,
    /// The ConfigMap's namespace [default: left to whoever applies it]
    #[arg(long, requires = "emit")]
    pub namespace: Option<String>,
    /// How the configuration is laid out; it never changes by size
    #[arg(long, value_enum, default_value_t, requires = "emit")]
    pub layout: Layout,
}

/// Emits one environment.
pub(super) fn run(
    args: &Args,
    checked: &Checked,
    environments: &[&Environment],
    directory: &Path,
    created: Option<&str>,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let [environment] = environments else {
        let names =
            environments.iter().map(|one| format!("`--env {}`", one.name.value)).collect::<Vec<_>>().join(" or ");
        return Err(Failure::new("a ConfigMap holds one environment").help(format!("say which: {names}")));
    };
    let name = args.emit.name.as_deref().unwrap_or_default();
    if !names::is_target(name) {
        return Err(Failure::new(format!("`{name}` cannot be the name of a ConfigMap"))
            .help(format!("use lower-case letters, digits, `-` and `.`, at most {} of them", names::LONGEST)));
    }
    if let Some(namespace) = args.emit.namespace.as_ref().filter(|name| !names::is_namespace(name)) {
        return Err(Failure::new(format!("`{namespace}` cannot be the name of a namespace"))
            .help("use lower-case letters, digits and `-`, at most 63 of them"));
    }
    if context.options.face() == Format::Json {
        return Err(Failure::new("`--emit configmap` prints YAML").help("leave out `--json`"));
    }
    note_time(created, context);
    let config = publish::release::configuration(checked, &environment.name, created.unwrap_or(EPOCH));
    let config = config.ok_or_else(|| Failure::new("there is no such environment"))?;
    let payload = Payload {
        bytes: ufc::write::to_json(&config).into_bytes(),
        client: args.client.then(|| ufc::write::to_json(&ufc::obfuscate(&config)).into_bytes()),
        revision: git::revision(directory).unwrap_or_else(|| "uncommitted".to_owned()),
        signer: None,
        environment: config.environment.clone(),
        flags: config.flags.len(),
    };
    let layout = match args.emit.layout {
        Layout::Inline => publish::Layout::Inline,
        Layout::Gzip => publish::Layout::Gzip,
        Layout::Parts => publish::Layout::Parts,
    };
    let rendered =
        render(&payload, name, layout, None).map_err(|large| Failure::new(large.to_string()).help(large.help()))?;
    let objects = rendered.parts.iter().chain([&rendered.pointer]);
    let text = objects.map(|object| yaml(object, args.emit.namespace.as_deref())).collect::<Vec<_>>().join("---\n");
    match &args.out {
        None => context.output.results().text(&text),
        Some(out) => {
            let path = out.join(format!("{name}.yaml"));
            write_all(&[(&path, text)], Existing::Replace)?;
            context.output.results().line(shown(&path));
        }
    }
    Ok(Exit::Clean)
}
