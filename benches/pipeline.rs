//! From texts to the evaluator's JSON: reading, checking and compiling workspaces of 100, 1 000 and 10 000 flags,
//! and the named peers on the same texts: the `kdl` crate for reading, `serde_json` for what we write and read back.
//! `-- ratios` prints the bars instead: ratios of one run, growth, memory.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and of a broken workspace it must not go on"
)]

#[path = "support/ratios.rs"]
mod ratios;
#[path = "support/workspace.rs"]
mod workspace;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use flagfall::check::{self, Checked};
use flagfall::compile::{Compiled, compile};
use flagfall::diagnostic::{Severity, Sink};
use flagfall::model::{self, resolve};
use flagfall::source::{FileKind, SourceSet};
use flagfall::syntax::{self, ast::Ast};
use flagfall::ufc;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const SEED: u64 = 20_261_201;
const CREATED_AT: &str = "2026-12-01T09:00:00.000Z";

fn sources(flags: usize) -> SourceSet {
    let mut sources = SourceSet::new();
    for (path, text) in workspace::generate(flags, SEED) {
        let kind = if path == "flagfall.kdl" { FileKind::Configuration } else { FileKind::Definitions };
        sources.add(path.clone(), path, kind, text);
    }
    sources
}

fn parsed(sources: &SourceSet) -> Ast {
    syntax::parse(sources, &mut Sink::new())
}

fn resolved(ast: Ast, sources: &SourceSet, sink: &mut Sink) -> model::Workspace {
    let workspace = resolve::resolve(ast, sink);
    check::run(&workspace, sources, jiff::civil::date(2026, 12, 1), sink);
    workspace
}

/// A generated workspace has no errors, or the numbers would be about something else.
fn checked(sources: &SourceSet) -> Checked {
    let mut sink = Sink::new();
    let ast = syntax::parse(sources, &mut sink);
    let workspace = resolved(ast, sources, &mut sink);
    let findings = sink.into_sorted(sources);
    let error = findings.iter().find(|finding| finding.severity == Severity::Error);
    Checked::prove(workspace, &findings).unwrap_or_else(|| panic!("the generated workspace has an error: {error:?}"))
}

fn compiled(checked: &Checked) -> Vec<Compiled> {
    let environments = checked.workspace().environments.iter();
    environments.map(|environment| compile(checked, environment, CREATED_AT)).collect()
}

fn bytes(sources: &SourceSet) -> u64 {
    sources.files().map(|(_, file)| file.text.len() as u64).sum()
}

fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("workspace");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for flags in SIZES {
        let sources = sources(flags);
        group.throughput(Throughput::Elements(flags as u64));
        group.bench_with_input(BenchmarkId::new("read", flags), &sources, |bencher, sources| {
            bencher.iter(|| black_box(parsed(sources)));
        });
        group.bench_with_input(BenchmarkId::new("check", flags), &sources, |bencher, sources| {
            bencher.iter_batched(
                || parsed(sources),
                |ast| black_box(resolved(ast, sources, &mut Sink::new())),
                criterion::BatchSize::LargeInput,
            );
        });
        let checked = checked(&sources);
        group.bench_with_input(BenchmarkId::new("compile", flags), &checked, |bencher, checked| {
            bencher.iter(|| black_box(compiled(checked)));
        });
        let configs = compiled(&checked);
        group.bench_with_input(BenchmarkId::new("write", flags), &configs, |bencher, configs| {
            bencher.iter(|| configs.iter().map(|one| ufc::write::to_json(&one.config).len()).sum::<usize>());
        });
    }
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kdl");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let sources = sources(1_000);
    group.throughput(Throughput::Bytes(bytes(&sources)));
    group.bench_function("flagfall reader", |bencher| {
        bencher.iter(|| {
            let mut sink = Sink::new();
            for (id, file) in sources.files() {
                black_box(syntax::reader::read(id, &file.text, &mut sink));
            }
        });
    });
    group.bench_function("kdl crate", |bencher| {
        bencher.iter(|| {
            for (_, file) in sources.files() {
                black_box(kdl::KdlDocument::parse(&file.text).ok());
            }
        });
    });
    group.finish();
}

fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let configs = compiled(&checked(&sources(1_000)));
    let Some(production) = configs.last() else { return };
    let text = ufc::write::to_json(&production.config);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("flagfall write", |bencher| {
        bencher.iter(|| black_box(ufc::write::to_json(&production.config)));
    });
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    group.bench_function("serde_json write", |bencher| {
        bencher.iter(|| black_box(serde_json::to_string(&value)));
    });
    group.bench_function("flagfall read", |bencher| {
        bencher.iter(|| black_box(ufc::read(text.as_bytes())));
    });
    group.bench_function("serde_json read", |bencher| {
        bencher.iter(|| black_box(serde_json::from_str::<serde_json::Value>(&text)));
    });
    group.finish();
}

criterion_group!(benches, pipeline, reading, json);

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if std::env::args().any(|argument| argument == "ratios") {
        return ratios::print();
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
