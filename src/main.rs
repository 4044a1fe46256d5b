//! The `flagfall` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagfall::cli::main()
}
