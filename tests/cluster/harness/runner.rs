//! Runs the promises one after another on one control plane, and says each by name.
//!
//! Takes the arguments of `cargo test`: parts of names, `--exact`, `--skip`, `--list`.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures::FutureExt as _;

use super::assets::{self, Absent};
use super::cluster::Cluster;

/// A claim and the test that could refute it.
#[derive(Clone, Copy)]
pub(crate) struct Promise {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a Cluster) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
}

/// Promises by the names of their functions.
macro_rules! promises {
    ($($module:ident :: $test:ident),* $(,)?) => {
        &[$($crate::harness::runner::Promise {
            name: concat!(stringify!($module), "::", stringify!($test)),
            run: |cluster| Box::pin($crate::$module::$test(cluster)),
        }),*]
    };
}
pub(crate) use promises;

struct Arguments {
    parts: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    list: bool,
}

impl Arguments {
    fn of_process() -> Self {
        let mut arguments = Self { parts: Vec::new(), skip: Vec::new(), exact: false, list: false };
        let mut given = std::env::args().skip(1);
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--exact" => arguments.exact = true,
                "--list" => arguments.list = true,
                "--skip" => arguments.skip.extend(given.next()),
                "--test-threads" | "--format" | "--color" => drop(given.next()),
                option if option.starts_with('-') => {}
                part => arguments.parts.push(part.to_owned()),
            }
        }
        arguments
    }

    fn takes(&self, name: &str) -> bool {
        // Ten minutes for whoever asks for them.
        if name.starts_with("soak::") && !self.parts.iter().any(|part| part.starts_with("soak")) {
            return false;
        }
        let fits = |part: &String| if self.exact { name == part } else { name.contains(part.as_str()) };
        (self.parts.is_empty() || self.parts.iter().any(fits)) && !self.skip.iter().any(fits)
    }
}

/// Runs them.
pub(crate) fn main(promises: &[Promise]) -> ExitCode {
    let arguments = Arguments::of_process();
    let chosen: Vec<&Promise> = promises.iter().filter(|promise| arguments.takes(promise.name)).collect();
    if arguments.list {
        chosen.iter().for_each(|promise| println!("{}: test", promise.name));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", chosen.len());
    let filtered = promises.len() - chosen.len();
    if chosen.is_empty() {
        return summary(0, &[], filtered);
    }
    let assets = match assets::find("control-plane") {
        Ok(assets) => assets,
        Err(Absent::NotAskedFor(said)) if !assets::required() => {
            println!("\nnot run: {} promises of the controller, for want of a control plane\n{said}\n", chosen.len());
            return ExitCode::SUCCESS;
        }
        Err(Absent::NotAskedFor(said) | Absent::Broken(said)) => {
            println!("\nthe control plane is required and not there: {said}");
            return summary(0, &["cluster::starts"], filtered);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        let cluster = Cluster::start(&assets).await;
        println!("a control plane with flagfall installed after {:.1} s", began.elapsed().as_secs_f64());
        let mut failed = Vec::new();
        for promise in &chosen {
            if !run(promise, &cluster).await {
                failed.push(promise.name);
            }
        }
        summary(chosen.len() - failed.len(), &failed, filtered)
    })
}

async fn run(promise: &Promise, cluster: &Cluster) -> bool {
    let began = Instant::now();
    println!("test {} ...", promise.name);
    let limit = Duration::from_secs(1800);
    let ended = tokio::time::timeout(limit, AssertUnwindSafe((promise.run)(cluster)).catch_unwind()).await;
    let passed = matches!(ended, Ok(Ok(())));
    let word = match ended {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) => "FAILED",
        Err(_) => "FAILED (took too long)",
    };
    println!("test {} ... {word} ({:.1} s)", promise.name, began.elapsed().as_secs_f64());
    cluster.recover().await;
    cluster.tidy().await;
    passed
}

fn summary(passed: usize, failed: &[&str], filtered: usize) -> ExitCode {
    if !failed.is_empty() {
        println!("\nfailures:\n    {}", failed.join("\n    "));
    }
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    let failures = failed.len();
    println!(
        "\ntest result: {word}. {passed} passed; {failures} failed; 0 ignored; 0 measured; {filtered} filtered out\n"
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}
