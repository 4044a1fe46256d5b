//! What questions are about: steps of one environment or one file.

use std::path::PathBuf;

use crate::cli::eval::target::Target;
use crate::cli::side::Declarations;
use crate::cli::{Context, WorkspaceOption, side};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::region::Side;
use crate::witness::{Source, quoted};

/// Where the flags are.
#[derive(Debug, Clone, clap::Args)]
pub struct Where {
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", required_unless_present = "ufc", conflicts_with = "ufc")]
    pub env: Option<String>,
    /// Ask about this UFC file instead of a workspace, steps by allocation key; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
    pub ufc: Option<PathBuf>,
    #[command(flatten)]
    pub workspace: WorkspaceOption,
}

/// A configuration and how commands name it.
pub(super) struct Asked {
    pub(super) target: Target,
    declared: Declarations,
    /// The file's path.
    file: Option<String>,
    /// What `--workspace` was given.
    workspace: Option<String>,
}

/// A step of a flag.
pub(super) struct Step<'a> {
    pub(super) flag: String,
    pub(super) side: Side<'a>,
    pub(super) number: usize,
}

impl Step<'_> {
    /// Whether any assignment by the step is logged.
    pub(super) fn logs(&self) -> bool {
        let allocations = self.side.steps.iter().zip(&self.side.flag.allocations);
        allocations.into_iter().any(|(step, allocation)| *step == self.number && allocation.do_log)
    }
}

impl Where {
    /// Opens it; none when the workspace has errors, which are then reported.
    pub(super) fn open(&self, context: &mut Context) -> Result<Option<Asked>, Failure> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let target = match &self.ufc {
            Some(file) => {
                let mut target = Target::of_file(file)?;
                target.config = side::plain(target.config, &text(file))?;
                Some(target)
            }
            None => Target::of_workspace(self.workspace.workspace.as_deref(), self.env.as_deref(), context)?,
        };
        let file = self.ufc.as_ref().map(text);
        let workspace = self.workspace.workspace.as_ref().map(text);
        Ok(target.map(|target| {
            let declared = target.declared().map(crate::lower::declared).unwrap_or_default();
            Asked { target, declared, file, workspace }
        }))
    }

    /// The options as they were written.
    pub(super) fn words(&self) -> String {
        match (&self.ufc, &self.env) {
            (Some(file), _) => format!("--ufc {}", quoted(&file.to_string_lossy())),
            (None, Some(environment)) => format!("--env {}", quoted(environment)),
            (None, None) => String::new(),
        }
    }
}

impl Asked {
    /// How `flagfall eval` is told to look at it.
    pub(super) fn source(&self) -> Source<'_> {
        let environment = self.target.config.environment.as_str();
        match (&self.file, self.target.declared()) {
            (None, Some(declared)) => Source::Workspace { workspace: self.workspace.as_deref(), environment, declared },
            (file, _) => Source::File { path: file.as_deref().unwrap_or("-"), environment },
        }
    }

    /// In words: `production`.
    pub(super) fn environment(&self) -> &str {
        &self.target.config.environment
    }

    /// The step that `FLAG/STEP` names.
    pub(super) fn step(&self, written: &str) -> Result<Step<'_>, Failure> {
        let (flag, name) = self.split(written)?;
        let environment = self.environment();
        let name_of_file = self.file.as_deref().unwrap_or(environment);
        let Some(served) = side::served(&self.target.config, flag, name_of_file)? else {
            return Err(Failure::new(format!(
                "`{flag}` is not served in `{environment}`, so nobody is in its steps there"
            ))
            .help("name another environment, or enable it there with `enabled=#true`"));
        };
        let origins = self.target.origins(flag).map(|(origins, _)| origins);
        let side = side::reasoned(served, origins, &self.declared);
        let steps = side::steps(&side, origins);
        let Some(number) = steps.iter().position(|step| step == name) else {
            let known = steps.iter().map(String::as_str);
            let help = suggest::did_you_mean(name, known, "the waterfall of an environment names its steps");
            return Err(Failure::new(format!("`{flag}` has no step `{name}` in `{environment}`")).help(help));
        };
        Ok(Step { flag: flag.to_owned(), side, number })
    }

    /// Flag and step. Both may have slashes in a file; the first that ends a known flag parts them.
    fn split<'w>(&self, written: &'w str) -> Result<(&'w str, &'w str), Failure> {
        let parts =
            || written.match_indices('/').filter_map(|(at, _)| Some((written.get(..at)?, written.get(at + 1..)?)));
        let flags = self.target.flags();
        if let Some(parted) = parts().find(|(flag, _)| flags.contains(flag)) {
            return Ok(parted);
        }
        let Some((flag, _)) = parts().next() else {
            return Err(Failure::new(format!("`{written}` names no step"))
                .help(format!("write the flag's key, a slash and the step's name: `{written}/STEP`")));
        };
        Err(side::unknown("flag", flag, flags.iter().copied(), "define it with `flag`"))
    }
}
