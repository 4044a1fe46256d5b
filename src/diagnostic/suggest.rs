//! "Did you mean": the nearest known name.

/// The known name closest to `written`, when it is close enough to be what was meant.
///
/// Distance is Damerau-Levenshtein on lower case; at most a third of the longer name may differ (one letter always may, but not the only one).
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let letters = written.chars().count();
    known
        .into_iter()
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
        .map(|(_, name)| name)
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
