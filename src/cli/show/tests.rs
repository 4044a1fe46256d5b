//! Every face of pictures made by hand, as `tests/show/` has them. `BLESS=1` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use super::{bars, document, markdown, plain, svg};
use crate::diagnostic::render::human::Look;
use crate::show::Picture;
use crate::show::tests::{disabled, one_region, several_regions};

const WIDE: Look = Look { width: 100, unicode: true, color: false };

#[track_caller]
fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(expected, actual, "{name} differs; BLESS=1 rewrites it");
}

fn hostile() -> Picture {
    let mut picture = one_region();
    picture.flag = "</svg><script>a&b\u{1b}[31m".to_owned();
    picture.lines[2].name = "a|b`c`\"]--> x <img src=x> \u{202e}@team".to_owned();
    picture
}

#[test]
fn people_see_a_bar_for_each_line_and_a_table_for_each_region() {
    compare("one-region.txt", &bars::render(&[one_region()], &["country=US".to_owned()], WIDE));
    compare("several-regions.txt", &bars::render(&[several_regions()], &[], WIDE));
    compare("disabled.txt", &bars::render(&[disabled()], &[], WIDE));
}

#[test]
fn narrow_terminals_without_unicode_show_it_too() {
    let look = Look { width: 60, unicode: false, color: false };
    let text = bars::render(&[several_regions()], &[], look);
    compare("narrow.txt", &text);
    assert!(text.is_ascii(), "{text}");
    assert!(text.lines().all(|line| line.len() <= 60), "{text}");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let look = Look { color: true, ..WIDE };
    let colored = bars::render(&[several_regions()], &[], look);
    let bare = ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[36m", "\u{1b}[0m"]
        .iter()
        .fold(colored.clone(), |text, code| text.replace(code, ""));
    assert_ne!(colored, bare);
    assert_eq!(bare, bars::render(&[several_regions()], &[], WIDE));
}

#[test]
fn grep_gets_a_line_for_each_region_and_line() {
    let text = plain::render(&[several_regions(), disabled()]);
    compare("plain.txt", &text);
    assert!(text.lines().all(|line| line.split('\t').count() == 9), "{text}");
}

#[test]
fn programs_get_null_where_regions_differ() {
    let given = BTreeMap::new();
    let picture = several_regions();
    let text = serde_json::to_string_pretty(&document::document(&picture, &given)).unwrap();
    compare("several-regions.json", &(text.clone() + "\n"));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(document["steps"][2]["take"].is_null());
    assert_eq!(document["steps"][2]["between"]["take"]["most"]["percent"], "40.00");
    assert_eq!(document["regions"][1]["steps"][2]["take"]["percent"], "40.00");
    assert_eq!(document["keys"][0]["ends"][0]["step"], "staff");
}

#[test]
fn pages_get_a_table_and_a_flowchart() {
    compare("several-regions.md", &markdown::render(&[several_regions(), disabled()], &[]));
}

#[test]
fn drawings_are_one_file_that_needs_nothing_else() {
    let text = svg::render(&[several_regions(), disabled()], &[]);
    compare("several-regions.svg", &text);
    for word in ["<title id=\"title\">", "<desc id=\"desc\">", "prefers-color-scheme:dark", "role=\"img\""] {
        assert!(text.contains(word), "{word}");
    }
    let references = text.replace("http://www.w3.org/2000/svg", "");
    for word in ["http", "url(", "@import", "<script", "@font-face", "href"] {
        assert!(!references.contains(word), "{word}");
    }
}

#[test]
fn names_cannot_leave_their_place() {
    let drawn = svg::render(&[hostile()], &[]);
    assert!(!drawn.contains("<script") && !drawn.contains("<img") && !drawn.contains('\u{1b}'), "{drawn}");
    let page = markdown::render(&[hostile()], &[]);
    assert!(!page.contains("<img") && !page.contains("@team") && !page.contains("\"]--> x"), "{page}");
    let text = bars::render(&[hostile()], &[], WIDE);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    compare("hostile.md", &page);
}

#[test]
fn long_names_are_cut_in_the_drawing_and_whole_in_their_title() {
    let mut picture = one_region();
    picture.lines[0].name = "long-".repeat(30);
    let drawn = svg::render(&[picture.clone()], &[]);
    assert!(drawn.contains(&format!("<title>{}</title>", picture.lines[0].name)) && drawn.contains('…'), "{drawn}");
    let text = bars::render(&[picture], &[], WIDE);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn what_was_not_worked_out_is_said_with_how_to_ask_for_it() {
    let mut picture = crate::show::tests::one_region();
    picture.changes.clear();
    picture.unchecked = vec![picture.at, "2027-03-01T00:00:00Z".parse().unwrap()];
    let said = "whether it changes at 2 instants from 2027-02-01T00:00:00.000Z to 2027-03-01T00:00:00.000Z was too much to work out: --at shows one";
    assert_eq!(super::words::times(&picture).as_deref(), Some(said));
    picture.changes = (1..=20).map(|day| format!("2027-04-{day:02}T00:00:00Z").parse().unwrap()).collect();
    let text = super::words::times(&picture).unwrap();
    assert!(text.contains("and 7 more instants: --json has them all") && text.ends_with(said), "{text}");
}
