//! "Did you mean": the nearest known name.

/// The known name closest to `written`, when it is close enough to be what was meant.
///
/// Distance is Damerau-Levenshtein on lower case; at most a third of the longer name may differ (one letter always may, but not the only one).
/// Where none is close, three letters or more stand for the only name that begins with them.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let letters = written.chars().count();
    let mut longer = Vec::new();
    let close = known
        .into_iter()
        .inspect(|name| {
            if letters >= 3 && name.get(..written.len()).is_some_and(|start| start.eq_ignore_ascii_case(written)) {
                longer.push(*name);
            }
        })
        .filter_map(|name| {
            let length = name.chars().count();
            let most = (letters.max(length) / 3).max(1);
            // The distance is at least the difference in length: most names need no closer look.
            if letters.abs_diff(length) > most {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
            (distance <= most && distance < letters.max(length)).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name);
    match (close, longer.as_slice()) {
        (None, [only]) => Some(only),
        _ => close,
    }
}

/// `did you mean `x`?`, or `known are `a`, `b`` (at most eight), or an instruction to define one.
#[must_use]
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str> + Clone, otherwise: &str) -> String {
    if let Some(name) = nearest(written, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let otherwise = if otherwise.is_empty() { String::new() } else { format!("; {otherwise}") };
    let names: Vec<String> = known.into_iter().take(9).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => otherwise.trim_start_matches("; ").to_owned(),
        [all @ .., _] if names.len() == 9 => format!("known are {}, …{otherwise}", all.join(", ")),
        all => format!("known are {}{otherwise}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn the_beginning_of_one_name_alone_stands_for_it() {
        assert_eq!(nearest("prod", ["test", "production"]), Some("production"));
        assert_eq!(nearest("pro", ["production", "prototype"]), None);
        assert_eq!(nearest("st", ["staging-north"]), None);
        assert_eq!(nearest("tset", ["test", "tsetse-fly"]), Some("test"));
    }

    #[test]
    fn known_names_are_listed_with_or_without_another_way() {
        assert_eq!(did_you_mean("x", ["junit", "json"], ""), "known are `junit`, `json`");
        assert_eq!(did_you_mean("x", ["junit"], "define it"), "known are `junit`; define it");
        assert_eq!(did_you_mean("x", [], "define it"), "define it");
    }
}
