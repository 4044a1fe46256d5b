//! Shapes and text from the top down. Without fonts to measure, text is taken to be wide and cut before it meets its neighbour.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::cli::output::printable;
use crate::cli::show::bars::shortened;

/// The width of the whole, in pixels.
pub(super) const WIDTH: f64 = 800.0;
/// What is free at both sides.
pub(super) const MARGIN: f64 = 20.0;

/// The height of a bar.
const BAR: f64 = 16.0;

/// What a bar's colour says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    /// Which variation.
    Variation(usize),
    /// Held out.
    HeldOut,
    /// The caller's default.
    Stopped,
}

impl Tone {
    pub(super) fn class(self) -> String {
        match self {
            Self::Variation(number) => format!("t{}", number % 6),
            Self::HeldOut => "held".to_owned(),
            Self::Stopped => "stop".to_owned(),
        }
    }
}

/// What was drawn, and how far down.
pub(super) struct Canvas {
    content: String,
    y: f64,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self { content: String::new(), y: 0.0 }
    }

    pub(super) fn down(&mut self, by: f64) {
        self.y += by;
    }

    pub(super) fn height(&self) -> f64 {
        self.y + MARGIN
    }

    pub(super) fn into_content(self) -> String {
        self.content
    }

    /// A line of text on the current height, cut to a width; its title has all of it.
    pub(super) fn text(&mut self, x: f64, class: &str, width: f64, text: &str) {
        self.below(0.0, x, class, width, text);
    }

    /// The same, some pixels lower.
    pub(super) fn below(&mut self, by: f64, x: f64, class: &str, width: f64, text: &str) {
        let text = printable(text);
        let shown = shortened(&text, columns(width, class), true);
        let title = if shown == *text { String::new() } else { format!("<title>{}</title>", escaped(&text)) };
        let y = self.y + by;
        let _ =
            writeln!(self.content, "<text class=\"{class}\" x=\"{x:.2}\" y=\"{y}\">{title}{}</text>", escaped(&shown));
    }

    /// A bar on the current height.
    pub(super) fn bar(&mut self, x: f64, width: f64, class: &str, label: &str) {
        if width > 0.0 {
            let y = self.y - 12.0;
            let label = escaped(label);
            let _ = writeln!(
                self.content,
                "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{BAR}\"><title>{label}</title></rect>"
            );
        }
    }

    /// A line from side to side.
    pub(super) fn rule(&mut self) {
        let (y, end) = (self.y + 4.0, WIDTH - MARGIN);
        let _ = writeln!(self.content, "<path class=\"rule\" d=\"M{MARGIN} {y}H{end}\"/>");
    }

    /// Small text over the whole width, in as many lines as it takes.
    pub(super) fn paragraph(&mut self, text: &str, line: f64) {
        let width = WIDTH - 2.0 * MARGIN;
        let options = textwrap::Options::new(columns(width, "note"))
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for part in textwrap::wrap(&printable(text), options) {
            self.text(MARGIN, "note", width, &part);
            self.down(line);
        }
    }

    /// Below a bar, what its colours mean, in rows; answers how high they are.
    pub(super) fn legend(&mut self, (start, width): (f64, f64), entries: &[(Tone, String)], row: f64) -> f64 {
        let (mut x, mut down) = (start, 0.0);
        for (tone, label) in entries {
            let needed = pixels(&printable(label), "note") + 28.0;
            if x > start && x + needed > start + width {
                (x, down) = (start, down + row);
            }
            let (y, class) = (self.y + 9.0 + down, tone.class());
            let _ = writeln!(
                self.content,
                "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y}\" width=\"10\" height=\"10\" rx=\"2\"/>"
            );
            self.below(18.0 + down, x + 14.0, "note", start + width - x - 14.0, label);
            x += needed;
        }
        down + row
    }
}

/// How wide a column of text is at most, on average.
fn column(class: &str) -> f64 {
    match class {
        "title" => 9.4,
        "name" => 7.6,
        _ => 6.6,
    }
}

fn pixels(text: &str, class: &str) -> f64 {
    f64::from(u32::try_from(text.width()).unwrap_or(u32::MAX)) * column(class)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few hundred columns")]
fn columns(width: f64, class: &str) -> usize {
    (width / column(class)).max(1.0) as usize
}

/// Text of XML. Most controls are not even allowed in it.
pub(super) fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
