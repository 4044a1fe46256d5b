//! The `flagfall` command.

use std::process::ExitCode;

/// Models are many small values: this allocator takes half the time of the system's, and a static binary's is slower still.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flagfall::cli::main()
}
