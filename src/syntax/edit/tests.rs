//! What is edited stays readable, loses no statement and no comment, and is where it should be.

use super::*;
use crate::source::FileKind;

struct Text {
    sources: SourceSet,
    file: FileId,
}

fn text(text: &str) -> Text {
    let mut sources = SourceSet::new();
    let file = sources.add("a.kdl", "a.kdl", FileKind::Definitions, text);
    Text { sources, file }
}

impl Text {
    /// The first place outside of comments that says `part`.
    fn span(&self, part: &str) -> Span {
        let text = &self.sources.file(self.file).text;
        let is_commented = |at: usize| text[..at].rsplit('\n').next().unwrap().contains("//");
        let start = text.match_indices(part).map(|(at, _)| at).find(|&at| !is_commented(at));
        let start = start.unwrap_or_else(|| panic!("no {part:?} in {text:?}"));
        Span::new(self.file, u32::try_from(start).unwrap(), u32::try_from(start + part.len()).unwrap())
    }

    fn after(&self, edits: &[Edit]) -> String {
        let mut after = self.sources.file(self.file).text.to_string();
        assert!(edits.is_sorted_by_key(|edit| edit.span) || edits.len() < 2, "{edits:?}");
        for edit in edits.iter().rev() {
            after.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
        }
        after
    }
}

/// Headers of all statements, sorted, and comments; nothing may be wrong with the text.
fn content(text: &str) -> (Vec<String>, Vec<String>) {
    let mut sources = SourceSet::new();
    let file = sources.add("a.kdl", "a.kdl", FileKind::Definitions, text);
    let mut sink = Sink::new();
    let tree = reader::read(file, text, &mut sink);
    assert!(sink.findings().is_empty(), "{text}: {:?}", sink.findings());
    let mut headers: Vec<String> = places(&tree).iter().map(|place| sources.text(place.header).to_owned()).collect();
    headers.sort();
    let is_comment = |kind| matches!(kind, TokenKind::LineComment | TokenKind::BlockComment);
    let comments = tree.spans().filter(|(kind, _)| is_comment(*kind));
    let mut comments: Vec<String> = comments.map(|(_, span)| sources.text(span).to_owned()).collect();
    comments.sort();
    (headers, comments)
}

/// Moves the statement `moved` begins with before the one `target` begins with.
#[track_caller]
fn moves(before: &str, moved: &str, target: &str, after: &str) {
    let source = text(before);
    let edits = move_before(&source.sources, source.span(moved), source.span(target));
    assert_eq!(source.after(&edits), after);
    assert_eq!(content(after), content(before));
}

#[test]
fn a_statement_moves_with_its_block_and_its_comments() {
    moves(
        "env test {\n    // Everyone else.\n    experiment e\n\n    // Staff,\n    // always.\n    gate g \"5%\" { // soon\n        \
         ramp { at \"2027-01-01T00:00:00Z\" \"5%\" }\n    } // here\n    otherwise off\n}\n",
        "gate g",
        "experiment e",
        "env test {\n    // Staff,\n    // always.\n    gate g \"5%\" { // soon\n        \
         ramp { at \"2027-01-01T00:00:00Z\" \"5%\" }\n    } // here\n    // Everyone else.\n    experiment e\n\n    otherwise off\n}\n",
    );
}

#[test]
fn comments_behind_a_gap_and_behind_another_statement_stay() {
    moves(
        "e {\n    a // of a\n    // of the block\n\n    b\n    c // of c\n    d\n}",
        "d",
        "b",
        "e {\n    a // of a\n    // of the block\n\n    d\n    b\n    c // of c\n}",
    );
    moves("e {\n    a // of a\n    b\n}", "b", "a", "e {\n    b\n    a // of a\n}");
}

#[test]
fn a_statement_moves_down_too() {
    moves("e {\n    a\n    b\n    c\n}\n", "a", "c", "e {\n    b\n    a\n    c\n}\n");
    moves("e { a; b; c }\n", "a", "c", "e { b; a; c }\n");
}

#[test]
fn one_line_blocks_keep_one_line() {
    moves("x { a; bb; c }\n", "c", "a", "x { c; a; bb }\n");
    moves("x { a; bb; c; }\n", "c", "bb", "x { a; c; bb; }\n");
    moves(
        "x { a { when p is q }; bb { when { r is s; t is u } } }\n",
        "bb",
        "a",
        "x { bb { when { r is s; t is u } }; a { when p is q } }\n",
    );
    moves("x {\n    a; bb; c\n}\n", "c", "a", "x {\n    c\n    a; bb\n}\n");
    moves("x {\n    a; bb;\n    c\n}\n", "c", "bb", "x {\n    a; c; bb;\n}\n");
}

#[test]
fn a_comment_does_not_swallow_what_it_is_moved_before() {
    moves("x { a\n    // why\n    b // because\n}\n", "b", "a", "x {\n    // why\n    b // because\n    a\n}\n");
    moves("x {\n    a\n    // why\n    b }\n", "b", "a", "x {\n    // why\n    b\n    a\n    }\n");
}

#[test]
fn line_ends_stay_as_they_are() {
    moves("e {\r\n  a\r\n  // of b\r\n  b\r\n}\r\n", "b", "a", "e {\r\n  // of b\r\n  b\r\n  a\r\n}\r\n");
    moves("e {\r\n  a; b\r\n}\r\n", "b", "a", "e {\r\n  b\r\n  a\r\n}\r\n");
}

#[test]
fn what_is_in_place_hidden_or_elsewhere_is_not_moved() {
    for (before, moved, target) in [
        ("e { a; b }", "a", "b"),
        ("e { a; b }", "a", "a"),
        ("e { a }\nf { b }", "b", "a"),
        ("e {\n  a\n  b /-\"5%\"\n}", "b", "a"),
    ] {
        let source = text(before);
        assert_eq!(move_before(&source.sources, source.span(moved), source.span(target)), vec![], "{before}");
    }
}

/// Removes the statement that `statement` begins with.
#[track_caller]
fn removes(before: &str, statement: &str, after: &str) {
    let source = text(before);
    assert_eq!(source.after(&remove(&source.sources, source.span(statement))), after);
    content(after);
}

#[test]
fn a_removed_line_leaves_no_gap_and_takes_only_its_own_comments() {
    removes("e {\n    a\n    b { c }\n    d\n}\n", "b", "e {\n    a\n    d\n}\n");
    removes("e {\n    // of b\n    b // why\n\n    d\n}\n", "b", "e {\n\n    d\n}\n");
    removes("e {\n    // of b and d\n    b\n    d\n}\n", "b", "e {\n    // of b and d\n    d\n}\n");
    removes("e {\r\n    b\r\n}\r\n", "b", "e {\r\n}\r\n");
    removes("a\nb", "b", "a\n");
}

#[test]
fn a_removed_part_of_a_line_takes_one_separator_with_it() {
    removes("e { a; b; c }", "b", "e { a; c }");
    removes("e { a; b; c }", "c", "e { a; b }");
    removes("e { a; b; c; }", "c", "e { a; b; }");
    removes("e { a }", "a", "e { }");
    removes("e {\n    a }", "a", "e { }");
    removes("e { // why\n    a }", "a", "e { // why\n    }");
    removes("e {\n    a\n    b }", "b", "e {\n    a }");
    removes("e {\n    a; b // why\n}", "b", "e {\n    a // why\n}");
}

/// Takes the condition out of the alternative that begins with `alternative`.
#[track_caller]
fn takes(before: &str, condition: &str, alternative: &str, after: &str) {
    let source = text(before);
    let edits = remove_condition(&source.sources, source.span(condition), source.span(alternative));
    assert_eq!(source.after(&edits), after);
    content(after);
}

#[test]
fn a_condition_goes_with_its_line_and_the_last_one_with_its_alternative() {
    takes("g { when { p is q; r is s } }", "p is q", "when", "g { when { r is s } }");
    takes(
        "g {\n  when {\n    p is q // no\n    r one-of {\n      - s\n      - t\n    }\n  }\n}",
        "r one-of",
        "when",
        "g {\n  when {\n    p is q // no\n  }\n}",
    );
    takes("g {\n  when p is q\n  log #true\n}", "p is q", "when", "g {\n  log #true\n}");
    takes("g {\n  when { p is q }\n  log #true\n}", "p is q", "when", "g {\n  log #true\n}");
    takes("g {\n  when a is b\n  or p is q\n}", "p is q", "or", "g {\n  when a is b\n}");
}

#[test]
fn the_alternative_that_then_comes_first_is_the_when() {
    takes("g {\n  when p is q\n  or r is s\n  or t is u\n}", "p is q", "when", "g {\n  when r is s\n  or t is u\n}");
    takes("g { when p is q; or { r is s } }", "p is q", "when", "g { when { r is s } }");
}

#[test]
fn a_place_belongs_to_the_flag_around_it() {
    let source = text("segment s { when a is b }\nflag f-1 type=boolean {\n  gate g\n}\nflag \"f 2\" { }\n");
    let statements = Statements::read(&source.sources, source.file);
    for (part, flag) in [("when", None), ("gate g", Some("f-1")), ("\"f 2\"", Some("f 2")), ("segment", None)] {
        assert_eq!(statements.flag_around(source.span(part)), flag, "{part}");
    }
}

#[test]
fn an_alternative_goes_with_all_its_conditions_and_an_or_takes_its_place() {
    for (before, alternative, after) in [
        (
            "g {\n    when a is b\n    or {\n        c is d\n        e is f\n    }\n}\n",
            "or {",
            "g {\n    when a is b\n}\n",
        ),
        (
            "g {\n    when {\n        c is d\n        e is f\n    }\n    or a is b\n    or g is h\n}\n",
            "when {",
            "g {\n    when a is b\n    or g is h\n}\n",
        ),
        ("g { when a is b; or { c is d; e is f }; or g is h }\n", "or {", "g { when a is b; or g is h }\n"),
    ] {
        let source = text(before);
        let files = Files::new(&source.sources);
        assert_eq!(source.after(&files.remove_alternative(source.span(alternative))), after);
    }
}

#[test]
fn what_is_no_alternative_is_not_removed_as_one() {
    let source = text("g {\n    when a is b\n}\n");
    assert_eq!(Files::new(&source.sources).remove_alternative(source.span("g")), []);
}
