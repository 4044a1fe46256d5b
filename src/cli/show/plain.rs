//! The waterfall for grep: a line for each line of it.

use std::fmt::Write as _;

use super::words::{self, between, percent};
use crate::cli::output::printable;
use crate::count::Fraction;
use crate::show::{Picture, Shares};

/// One line a region and line, tab-separated: flag, environment, region, step, kind, reach, taken, fall on, what is served.
/// Region `all` is from the least to the most; a line a named key follows.
pub(super) fn render(pictures: &[Picture]) -> String {
    let mut text = String::new();
    for picture in pictures {
        let head = format!("{}\t{}", printable(&picture.flag), printable(&picture.environment));
        if let Some(why) = words::unserved(picture) {
            let _ = writeln!(text, "{head}\t-\t-\t-\t-\t-\t-\t{}", printable(&why));
            continue;
        }
        lines(&mut text, &format!("{head}\tall"), picture, &picture.overall);
        for (number, region) in picture.regions.iter().enumerate().filter(|_| picture.regions.len() > 1) {
            lines(&mut text, &format!("{head}\t{}", number + 1), picture, &region.shares);
        }
        for group in &picture.keys {
            for end in &group.ends {
                for key in &end.keys {
                    let what = printable(&words::keys(group, end, picture)).into_owned();
                    let key = printable(&words::key_list(std::slice::from_ref(key), 1)).into_owned();
                    let _ = writeln!(text, "{head}\tkey\t{key}\t-\t-\t-\t-\t{what}");
                }
            }
        }
    }
    text
}

fn lines(text: &mut String, head: &str, picture: &Picture, shares: &Shares) {
    let dash = "..";
    for (line, shares) in picture.lines.iter().zip(&shares.lines) {
        let (name, kind) = (printable(&line.name), line.kind.word());
        if !line.enabled {
            let _ = writeln!(text, "{head}\t{name}\t{kind}\t-\t-\t-\tswitched off");
            continue;
        }
        let parts = shares.parts.iter().map(|part| format!("{}={}", words::part(part), between(&part.share, dash)));
        let stopped = (!shares.stopped.most.is_zero()).then(|| format!("left out={}", between(&shares.stopped, dash)));
        let parts = parts.chain(stopped).collect::<Vec<_>>().join("; ");
        let (reach, take) = (between(&shares.reach, dash), between(&shares.take, dash));
        let falls_on = between(&shares.falls_on, dash);
        let parts = if parts.is_empty() { "-".to_owned() } else { printable(&parts).into_owned() };
        let _ = writeln!(text, "{head}\t{name}\t{kind}\t{reach}\t{take}\t{falls_on}\t{parts}");
    }
    let default = between(&shares.default, dash);
    let _ = writeln!(text, "{head}\t-\tdefault\t{default}\t{default}\t{}\t-", percent(&Fraction::ZERO));
}
