//! What all subjects shown have in common, from the command line.

use std::collections::BTreeMap;

use crate::cli::Context;
use crate::cli::eval::subject;
use crate::evaluate::AttributeValue;
use crate::failure::Failure;
use crate::model::Workspace;

/// Attributes by name, typed as the workspace declares them.
pub(super) fn attributes(
    written: &[String],
    workspace: &Workspace,
    context: &mut Context,
) -> Result<BTreeMap<String, AttributeValue>, Failure> {
    let mut attributes = BTreeMap::new();
    for pair in written {
        let (name, text) = pair.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            Failure::new(format!("`{pair}` is not name=value"))
                .help("attributes are written name=value, such as country=US")
        })?;
        let value = subject::typed(name, text, &workspace.attributes)?;
        if let Some(note) = subject::outside_vocabulary(name, &value, &workspace.attributes) {
            context.output.messages().line(note);
        }
        if attributes.insert(name.to_owned(), value).is_some() {
            return Err(Failure::new(format!("`{name}` is given twice")).help("keep one of them"));
        }
    }
    Ok(attributes)
}
