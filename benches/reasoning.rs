//! Exact reasoning: what is true of every waterfall of a generated workspace, a busy one of thirty steps, and inputs made to
//! be hard, which must end as undecided in good time.

#![expect(clippy::print_stdout, reason = "percentiles are part of the result")]
#![expect(clippy::indexing_slicing, reason = "a benchmark of a broken workspace must not go on")]

#[path = "support/waterfall.rs"]
mod waterfall;
#[path = "support/workspace.rs"]
mod workspace;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flagfall::diagnostic::Sink;
use flagfall::lower::{self, Lowered, OriginKind, lower};
use flagfall::model::predicate::Predicates;
use flagfall::model::{self, resolve};
use flagfall::region::{Declared, Fact, Limits, LineKind, Side, Waterfall, compare, facts};
use flagfall::source::{FileKind, SourceSet};
use flagfall::syntax;
use flagfall::ufc;
use jiff::Timestamp;

const SEED: u64 = 20_261_201;

/// CPU seconds of this process until now, all threads.
fn cpu() -> f64 {
    let Ok(usage) = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF) else { return f64::NAN };
    [usage.user_time(), usage.system_time()].iter().map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).sum()
}

/// What a whole check spends on its rules, reasoning and all else, once texts are read: what reasoning spends is less.
fn whole_check() {
    let sources = sources(10_000);
    let workspace = resolve::resolve(syntax::parse(&sources, &mut Sink::new()), &mut Sink::new());
    let spent: Vec<f64> = (0..5)
        .map(|_| {
            let before = cpu();
            flagfall::check::run(&workspace, &sources, jiff::civil::date(2026, 12, 1), &mut Sink::new());
            cpu() - before
        })
        .collect();
    println!(
        "check/10000: CPU seconds of all rules, reasoning included, five times: {spent:.3?} (bar for reasoning alone: 0.6)"
    );
}

struct Case {
    lowered: Lowered,
    steps: Vec<usize>,
    kinds: Vec<LineKind>,
}

fn sources(flags: usize) -> SourceSet {
    let mut sources = SourceSet::new();
    for (path, text) in workspace::generate(flags, SEED) {
        let kind = if path == "flagfall.kdl" { FileKind::Configuration } else { FileKind::Definitions };
        sources.add(path.clone(), path, kind, text);
    }
    sources
}

fn read(flags: usize) -> model::Workspace {
    let sources = sources(flags);
    resolve::resolve(syntax::parse(&sources, &mut Sink::new()), &mut Sink::new())
}

fn cases(workspace: &model::Workspace) -> Vec<Case> {
    let mut predicates = Predicates::new();
    let mut cases = Vec::new();
    for flag in &workspace.flags {
        for here in flag.environments.iter().filter(|here| here.enabled) {
            let Some(lowered) = lower(flag, here, &mut predicates) else { continue };
            let steps = lower::lines(&lowered.origins);
            let mut kinds = Vec::new();
            for (origin, step) in lowered.origins.iter().zip(&steps) {
                if *step == kinds.len() {
                    let experiment = flag.steps.iter().any(|one| {
                        one.name.value == origin.step && matches!(one.kind, model::StepKind::Experiment { .. })
                    });
                    kinds.push(match origin.kind {
                        OriginKind::Otherwise => LineKind::Otherwise,
                        OriginKind::Step | OriginKind::Holdout(_) if experiment => LineKind::Experiment,
                        OriginKind::Step | OriginKind::Holdout(_) => LineKind::Gate,
                    });
                }
            }
            cases.push(Case { lowered, steps, kinds });
        }
    }
    cases
}

fn declared() -> BTreeMap<String, Declared> {
    let kinds = [
        ("email", Declared::Text),
        ("plan", Declared::Text),
        ("age", Declared::Number),
        ("beta-tester", Declared::Bool),
        ("app-version", Declared::Version),
        ("first-seen", Declared::Number),
        ("account", Declared::Text),
        ("country", Declared::Text),
    ];
    kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

fn reason(case: &Case, declared: &BTreeMap<String, Declared>) -> Vec<Fact> {
    let side = Side { flag: &case.lowered.flag, steps: case.steps.clone(), declared };
    let holdouts = case.lowered.origins.iter().map(|origin| match &origin.kind {
        OriginKind::Holdout(_) => Some("holdout/growth-2027h1"),
        OriginKind::Step | OriginKind::Otherwise => None,
    });
    let waterfall = Waterfall { side, kinds: case.kinds.clone(), holdouts: holdouts.collect() };
    facts(&waterfall, Timestamp::UNIX_EPOCH, false, Limits::MANY)
}

fn generated(criterion: &mut Criterion) {
    whole_check();
    let mut group = criterion.benchmark_group("facts");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let declared = declared();
    for flags in [1_000, 10_000] {
        let workspace = read(flags);
        let cases = cases(&workspace);
        let mut times: Vec<Duration> = Vec::new();
        let mut undecided = 0;
        for case in &cases {
            let begin = Instant::now();
            let found = reason(case, &declared);
            times.push(begin.elapsed());
            undecided += found.iter().filter(|fact| matches!(fact, Fact::Undecided { .. })).count();
        }
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 1000).copied().unwrap_or_default();
        println!(
            "facts/{flags}: {} waterfalls, {undecided} undecided, median {:?}, 99 % {:?}, worst {:?}, together {:?}",
            cases.len(),
            at(500),
            at(990),
            times.last(),
            times.iter().sum::<Duration>()
        );
        group.throughput(Throughput::Elements(cases.len() as u64));
        group.bench_with_input(BenchmarkId::new("generated", flags), &cases, |bencher, cases| {
            bencher.iter(|| cases.iter().map(|case| reason(case, &declared).len()).sum::<usize>());
        });
    }
    group.finish();
}

fn large(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("thirty steps");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let declared = waterfall::declared();
    let mut random = workspace::Random::new(SEED);
    let flags: Vec<_> = (0..20).map(|_| waterfall::waterfall(&mut |below| random.below(below))).collect();
    group.bench_function("facts", |bencher| {
        bencher.iter(|| {
            for (flag, kinds) in &flags {
                let side = Side { flag, steps: (0..30).collect(), declared: &declared };
                let holdouts = vec![None; 30];
                black_box(facts(
                    &Waterfall { side, kinds: kinds.clone(), holdouts },
                    Timestamp::UNIX_EPOCH,
                    false,
                    Limits::MANY,
                ));
            }
        });
    });
    group.bench_function("compare", |bencher| {
        bencher.iter(|| {
            for (flag, _) in &flags {
                let mut other = flag.clone();
                other.allocations.swap(10, 11);
                let side = Side { flag, steps: (0..30).collect(), declared: &declared };
                let changed = Side { flag: &other, ..side.clone() };
                black_box(compare(Some(&side), Some(&changed), Limits::MANY).is_ok());
            }
        });
    });
    group.finish();
}

/// Audiences as entangled as they come: decided, or given up in good time.
fn dense(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dense");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let declared = waterfall::declared();
    // So many nodes have to do.
    let limits = Limits { nodes: 100_000, ..Limits::MANY };
    for (count, seeds) in [(30, 20), (36, 10), (200, 2)] {
        let mut random = workspace::Random::new(SEED);
        let flags: Vec<_> = (0..seeds).map(|_| waterfall::dense(&mut |below| random.below(below), count)).collect();
        let reason = |(flag, kinds): &(ufc::Flag, Vec<LineKind>)| {
            let side = Side { flag, steps: (0..count).collect(), declared: &declared };
            let waterfall = Waterfall { side, kinds: kinds.clone(), holdouts: vec![None; count] };
            facts(&waterfall, Timestamp::UNIX_EPOCH, false, limits)
        };
        let prove = |(flag, _): &(ufc::Flag, Vec<LineKind>)| {
            // The same to everybody: the step's audience, the other way round.
            let mut other = flag.clone();
            other.allocations[count / 2].rules.reverse();
            let side = Side { flag, steps: (0..count).collect(), declared: &declared };
            let changed = Side { flag: &other, ..side.clone() };
            let mut swapped = flag.clone();
            swapped.allocations.swap(count / 2, count / 2 + 1);
            let moved = Side { flag: &swapped, ..side.clone() };
            [compare(Some(&side), Some(&changed), limits).is_err(), compare(Some(&side), Some(&moved), limits).is_err()]
        };
        let mut worst = Duration::ZERO;
        let mut undecided = [0; 3];
        for flag in &flags {
            let begin = Instant::now();
            let found = reason(flag);
            worst = worst.max(begin.elapsed());
            undecided[0] += usize::from(found.iter().any(|fact| matches!(fact, Fact::Undecided { .. })));
            let [same, moved] = prove(flag);
            undecided[1] += usize::from(same);
            undecided[2] += usize::from(moved);
        }
        println!("dense/{count}: of {seeds} undecided facts, equality, move: {undecided:?}, slowest facts {worst:?}");
        group.bench_function(BenchmarkId::new("facts", count), |bencher| {
            bencher.iter(|| flags.iter().map(|flag| reason(flag).len()).sum::<usize>());
        });
        group.bench_function(BenchmarkId::new("compare", count), |bencher| {
            bencher.iter(|| flags.iter().map(prove).collect::<Vec<_>>());
        });
    }
    group.finish();
}

fn hard(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("made to be hard");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let declared = BTreeMap::new();
    for (name, flag) in waterfall::hard() {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let count = flag.allocations.len();
                let side = Side { flag: &flag, steps: (0..count).collect(), declared: &declared };
                // With an experiment on top it takes more than a glance.
                let mut kinds = vec![LineKind::Gate; count];
                kinds[0] = LineKind::Experiment;
                let waterfall = Waterfall { side, kinds, holdouts: vec![None; count] };
                black_box(facts(&waterfall, Timestamp::UNIX_EPOCH, false, Limits::MANY));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, generated, large, dense, hard);
criterion_main!(benches);
