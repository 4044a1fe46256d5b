//! The `flagfall` command.

use std::process::ExitCode;

/// A third of the work of a large check is asking for memory and giving it back, piece by small piece.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flagfall::cli::main()
}
