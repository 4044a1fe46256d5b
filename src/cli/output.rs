//! Where a command writes: results to standard output, findings and progress to standard error.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use super::{Color, Exit};
use crate::diagnostic::render::human::Look;
use crate::failure::Failure;

/// What is known about the terminal behind a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Whether a person sees it directly.
    pub interactive: bool,
    /// Whether to colour.
    pub color: bool,
    /// Whether box-drawing characters can be expected to show.
    pub unicode: bool,
    /// How many columns there are; 100 where nobody knows.
    pub width: usize,
}

/// The width of text that goes to a file or a pipe.
pub const DEFAULT_WIDTH: usize = 100;

impl Terminal {
    /// A pipe or a file: no colour, Unicode, 100 columns.
    pub const PIPE: Self = Self { interactive: false, color: false, unicode: true, width: DEFAULT_WIDTH };

    /// How findings look on it.
    #[must_use]
    pub fn look(self) -> Look {
        Look { width: self.width, unicode: self.unicode, color: self.color }
    }

    fn of(stream: &impl IsTerminal, size: Option<usize>, color: Color) -> Self {
        let interactive = stream.is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !set("NO_COLOR") && (forced || interactive && !dumb),
        };
        // What is not a terminal is read by people later and elsewhere: same bytes everywhere.
        let unicode = !interactive || speaks_utf8() && !dumb;
        let width = if interactive { size.unwrap_or(80) } else { DEFAULT_WIDTH };
        Self { interactive, color, unicode, width: columns().unwrap_or(width).max(20) }
    }
}

fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    // Without any locale the terminal is more likely modern than ASCII.
    locale.is_none_or(|name| {
        let name = name.to_lowercase();
        name.contains("utf") || !(name == "c" || name == "posix")
    })
}

/// The two streams of a command.
///
/// Writing never fails in the caller's face: a reader that left early ends the writing quietly,
/// anything else (a full disk) is reported once, at the end, and makes the exit code 2.
pub struct Output {
    results: Stream,
    messages: Stream,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

impl Output {
    /// The streams of this process.
    #[must_use]
    pub fn of_process(color: Color) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let size = |size: Option<(terminal_size::Width, terminal_size::Height)>| size.map(|(w, _)| usize::from(w.0));
        let of_stdout = Terminal::of(&stdout, size(terminal_size::terminal_size_of(&stdout)), color);
        let of_stderr = Terminal::of(&stderr, size(terminal_size::terminal_size_of(&stderr)), color);
        Self {
            results: Stream::new(Box::new(BufWriter::new(stdout)), of_stdout),
            messages: Stream::new(Box::new(BufWriter::new(stderr)), of_stderr),
        }
    }

    /// Streams that write into whatever is given, as pipes do.
    #[must_use]
    pub fn to(results: Box<dyn Write>, messages: Box<dyn Write>) -> Self {
        Self { results: Stream::new(results, Terminal::PIPE), messages: Stream::new(messages, Terminal::PIPE) }
    }

    /// Standard output: what was asked for.
    pub fn results(&mut self) -> &mut Stream {
        &mut self.results
    }

    /// Standard error: findings, progress, everything about the run.
    pub fn messages(&mut self) -> &mut Stream {
        &mut self.messages
    }

    /// Says why a command failed, flushes, and gives the exit that is due.
    pub fn finish(&mut self, ended: Result<Exit, Failure>) -> Exit {
        let mut exit = match ended {
            Ok(exit) => exit,
            Err(failure) => {
                self.failure(&failure);
                Exit::Failed
            }
        };
        self.results.drain();
        if let Some(error) = self.results.broken.take() {
            self.failure(&Failure::new(format!("cannot write the results: {error}")));
            exit = Exit::Failed;
        }
        self.messages.drain();
        exit
    }

    /// Prints a failure.
    pub fn failure(&mut self, failure: &Failure) {
        let (on, off) = if self.messages.terminal.color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        self.messages.line(format_args!("{on}error:{off} {}", printable(&failure.message)));
        if !failure.help.is_empty() {
            self.messages.line(format_args!("  help: {}", printable(&failure.help)));
        }
    }
}

/// One stream and its terminal.
pub struct Stream {
    writer: Box<dyn Write>,
    terminal: Terminal,
    closed: bool,
    broken: Option<io::Error>,
}

impl Stream {
    fn new(writer: Box<dyn Write>, terminal: Terminal) -> Self {
        Self { writer, terminal, closed: false, broken: None }
    }

    /// What is known about the terminal behind it.
    #[must_use]
    pub fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// Whether nobody listens any more, so that a long stream may stop.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Writes text as it is.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if !self.closed {
            let written = self.writer.write_all(bytes);
            self.note(written);
        }
    }

    /// Writes a line.
    pub fn line(&mut self, line: impl fmt::Display) {
        if !self.closed {
            let written = writeln!(self.writer, "{line}");
            self.note(written);
        }
    }

    /// Writes a JSON document for programs, indented, and ends the line. Long ones are never in memory as a whole.
    pub fn json(&mut self, document: &impl serde::Serialize) {
        if !self.closed {
            let written = serde_json::to_writer_pretty(&mut self.writer, document).map_err(io::Error::from);
            self.note(written);
            self.line("");
        }
    }

    /// Passes on what is buffered.
    pub fn drain(&mut self) {
        if !self.closed {
            let written = self.writer.flush();
            self.note(written);
        }
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.broken = Some(error);
            }
        }
    }
}

/// Text from files and arguments without anything that would steer a terminal: control characters as `\u{…}`, on one line.
#[must_use]
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    crate::diagnostic::render::printable(text)
}

/// The last net: one sentence instead of a backtrace.
pub fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let reason = panic.payload_as_str().unwrap_or("no reason given");
    let _ = writeln!(
        io::stderr(),
        "error: flagfall stopped on a mistake of its own{place}: {reason}\n  help: please report it with the input that caused it"
    );
}
