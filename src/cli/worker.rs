//! `flagfall worker`: one request of a controller, in a process of its own.

mod definitions;

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Context, Exit};
use crate::failure::Failure;
use crate::remote::{self, Failed, Outcome, Reason, Request};

/// The most bytes of a request.
const LARGEST_REQUEST: u64 = 16 << 20;

/// Fetch, verify and compile what a request on standard input asks for; the outcome goes to standard output
///
/// Controllers start it. Both are JSON.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
///
/// # Errors
/// When standard input holds no request.
pub fn run(_: &Args, _: &mut Context) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(LARGEST_REQUEST).read_to_end(&mut text);
    read.map_err(|error| Failure::new(format!("cannot read the request: {error}")))?;
    let request: Request = serde_json::from_slice(&text).map_err(|error| {
        // What is in a request is secret, so only the place is told.
        Failure::new(format!("standard input is no request: column {} is not as expected", error.column()))
            .help("`flagfall controller` starts workers; nobody else needs to")
    })?;
    drop(text);
    let answer = Arc::new(Answer::default());
    let outcome = remote::work(&request, &|| watch(&request, &answer), &definitions::compile);
    answer.give(&outcome);
    Ok(Exit::Clean)
}

/// The one answer that a worker gives.
#[derive(Default)]
struct Answer(Mutex<bool>);

impl Answer {
    fn give(&self, outcome: &Outcome) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *given, true) {
            let text = serde_json::to_vec(outcome).unwrap_or_default();
            // A controller that left wants no answer.
            let mut output = std::io::stdout().lock();
            let _ = output.write_all(&text).and_then(|()| output.flush());
        }
    }
}

/// Ends the process when its time is up, whatever it is doing.
fn watch(request: &Request, answer: &Arc<Answer>) {
    let (answer, seconds) = (Arc::clone(answer), request.caps.seconds);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(seconds));
        let message = format!("fetching and compiling took longer than {seconds} s");
        answer.give(&Outcome::Failed(Failed::new(Reason::FetchFailed, message)));
        std::process::exit(0);
    });
}
