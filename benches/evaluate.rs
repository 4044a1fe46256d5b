//! One evaluation: ours beside the reference core's (`eppo_core`) on the same configuration, subjects and instant,
//! and the counting of exact shares, which has no peer. First comes a table of ratios with what they may be: `cargo bench --bench evaluate
//! -- peers` prints only that.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark of a broken workspace must not go on")]
#![expect(clippy::print_stdout, reason = "a table is for reading")]

#[path = "support/peers.rs"]
mod peers;
#[path = "support/shapes.rs"]
mod shapes;

#[path = "support/workspace.rs"]
mod workspace;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use eppo_core::eval::get_assignment;
use eppo_core::ufc::UniversalFlagConfig;
use eppo_core::{AttributeValue as TheirValue, Attributes, Configuration, SdkMetadata, Str};
use flagfall::check::{self, Checked};
use flagfall::compile::compile;
use flagfall::count::{Group, Questions, Waterfall, shares};
use flagfall::diagnostic::Sink;
use flagfall::evaluate::batch::{Batch, Kernel, Population, shards as shards_of};
use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::model::resolve;
use flagfall::source::{FileKind, SourceSet};
use flagfall::{syntax, ufc};
use jiff::Timestamp;

const SEED: u64 = 20_261_201;
const SUBJECTS: usize = 1_000;
const AT: &str = "2027-01-15T09:00:00Z";

/// Production of a workspace of that many flags.
fn production(flags: usize) -> ufc::Config {
    let mut sources = SourceSet::new();
    for (path, text) in workspace::generate(flags, SEED) {
        let kind = if path == "flagfall.kdl" { FileKind::Configuration } else { FileKind::Definitions };
        sources.add(path.clone(), path, kind, text);
    }
    let mut sink = Sink::new();
    let ast = syntax::parse(&sources, &mut sink);
    let workspace = resolve::resolve(ast, &mut sink);
    check::run(&workspace, &sources, jiff::civil::date(2026, 12, 1), &mut sink);
    let findings = sink.into_sorted(&sources);
    let checked = Checked::prove(workspace, &findings).expect("the generated workspace has no errors");
    let environments = &checked.workspace().environments;
    let production = environments.iter().find(|environment| environment.name.value == "production");
    compile(&checked, production.expect("there is a production"), "2026-12-01T09:00:00.000Z").config
}

/// Subjects as a site's visitors would be, each with the flag it asks about.
fn questions(config: &ufc::Config) -> Vec<(String, Subject)> {
    let mut random = workspace::Random::new(SEED);
    let flags: Vec<&String> = config.flags.keys().collect();
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    (0..SUBJECTS)
        .map(|number| {
            #[expect(clippy::cast_precision_loss, reason = "ages are small")]
            let age = AttributeValue::Number(random.below(80) as f64);
            let attributes = BTreeMap::from([
                ("country".to_owned(), text(random.pick(&["US", "CA", "GB", "DE", "FR"]))),
                ("plan".to_owned(), text(random.pick(&["free", "pro", "team", "enterprise"]))),
                ("email".to_owned(), text(&format!("visitor-{number}@example.org"))),
                ("app-version".to_owned(), text(&format!("{}.{}.0", random.below(5), random.below(20)))),
                ("age".to_owned(), age),
                ("beta-tester".to_owned(), AttributeValue::Bool(random.below(10) == 0)),
            ]);
            let flag = flags[usize::try_from(random.below(flags.len() as u64)).unwrap_or(0)];
            (flag.clone(), Subject { key: format!("visitor-{number}"), attributes })
        })
        .collect()
}

fn their_value(value: &AttributeValue) -> TheirValue {
    match value {
        AttributeValue::Text(text) => text.as_str().into(),
        AttributeValue::Number(number) => (*number).into(),
        AttributeValue::Bool(value) => (*value).into(),
        AttributeValue::Null => TheirValue::null(),
    }
}

fn evaluating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    group.throughput(Throughput::Elements(SUBJECTS as u64));
    let at: Timestamp = AT.parse().expect("an instant");
    let their_now = AT.parse::<DateTime<Utc>>().expect("an instant");
    for flags in [100, 1_000] {
        let config = production(flags);
        let asked = questions(&config);
        let evaluator = Evaluator::new(&config);
        group.bench_with_input(BenchmarkId::new("flagfall", flags), &asked, |bencher, asked| {
            bencher.iter(|| {
                for (flag, subject) in asked {
                    black_box(evaluator.assign(flag, subject, None, at));
                }
            });
        });
        let sdk = SdkMetadata { name: "flagfall", version: "0" };
        let theirs = UniversalFlagConfig::from_json(sdk, ufc::write::to_json(&config).into_bytes());
        let theirs = Configuration::from_server_response(theirs.expect("the reference reads it"), None);
        let subjects: Vec<(&String, Str, Arc<Attributes>)> = asked
            .iter()
            .map(|(flag, subject)| {
                let attributes =
                    subject.attributes.iter().map(|(name, value)| (Str::from(name.as_str()), their_value(value)));
                (flag, Str::from(subject.key.as_str()), Arc::new(attributes.collect()))
            })
            .collect();
        group.bench_with_input(BenchmarkId::new("eppo_core", flags), &subjects, |bencher, subjects| {
            bencher.iter(|| {
                for (flag, key, attributes) in subjects {
                    let _ = black_box(get_assignment(Some(&theirs), flag, key, attributes, None, their_now));
                }
            });
        });
    }
    group.finish();
}

fn counting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("count");
    let config = production(100);
    let at: Timestamp = AT.parse().expect("an instant");
    let attributes = BTreeMap::from([("country".to_owned(), AttributeValue::Text("US".to_owned()))]);
    let flags: Vec<_> = config.flags.values().filter_map(|flag| flag.as_ref().ok()).collect();
    let questions: Vec<Questions> = flags.iter().map(|flag| Questions::new(config.format, flag)).collect();
    group.throughput(Throughput::Elements(flags.len() as u64));
    group.bench_function("exact shares", |bencher| {
        bencher.iter(|| {
            for (flag, questions) in flags.iter().zip(&questions) {
                let targeting = Waterfall::new(questions).targeting(Group { key: None, attributes: &attributes }, at);
                let _ = black_box(shares(flag, &targeting));
            }
        });
    });
    group.finish();
}

/// One case for both evaluators.
struct Both {
    subjects: Vec<Subject>,
    theirs: Vec<(Str, Arc<Attributes>)>,
}

impl Both {
    fn new(case: &shapes::Case, many: usize) -> Self {
        let attributes: BTreeMap<String, AttributeValue> =
            case.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        // Sixteen bytes, as most keys are short.
        let keys = (0..many).map(|number| format!("subject-{number:08}"));
        let subjects: Vec<Subject> = keys.map(|key| Subject { key, attributes: attributes.clone() }).collect();
        let theirs = subjects.iter().map(|subject| {
            let attributes =
                subject.attributes.iter().map(|(name, value)| (Str::from(name.as_str()), their_value(value)));
            (Str::from(subject.key.as_str()), Arc::new(attributes.collect()))
        });
        let theirs = theirs.collect();
        Self { subjects, theirs }
    }
}

fn ratios() {
    let config = ufc::read(shapes::CONFIG.as_bytes()).expect("the configuration is readable");
    let sdk = SdkMetadata { name: "flagfall", version: "0" };
    let theirs = UniversalFlagConfig::from_json(sdk, shapes::CONFIG.as_bytes().to_vec());
    let theirs = Configuration::from_server_response(theirs.expect("the reference reads it"), None);
    let at: Timestamp = AT.parse().expect("an instant");
    let their_now = AT.parse::<DateTime<Utc>>().expect("an instant");
    let evaluator = Evaluator::new(&config);
    peers::head("one evaluation", "eppo_core");
    for case in shapes::cases() {
        let both = Both::new(&case, 1_024);
        let mut ours = || {
            for subject in &both.subjects {
                let _ = black_box(evaluator.outcome(case.flag, subject, None, at));
            }
        };
        let mut reference = || {
            for (key, attributes) in &both.theirs {
                let _ = black_box(get_assignment(Some(&theirs), case.flag, key, attributes, None, their_now));
            }
        };
        let [ours, reference] = peers::measure(1_024, [&mut ours, &mut reference]);
        peers::row(case.name, ours, reference, 0.5);
    }
    peers::head("many evaluations, two salts", "eppo_core");
    let cases = shapes::cases();
    let case = cases.last().expect("there are cases");
    let both = Both::new(case, 4_096);
    let keys: Vec<&str> = both.subjects.iter().map(|subject| subject.key.as_str()).collect();
    let attributes = &both.subjects[0].attributes;
    let compiled = evaluator.compiled(case.flag).expect("the flag is there");
    for kernel in Kernel::available() {
        let mut batch = Batch::with(compiled, kernel);
        let mut alike = || {
            batch.assign(&Population::alike(keys.iter().copied(), attributes), at);
            black_box(batch.ends());
        };
        let mut rows = Batch::with(compiled, kernel);
        let population = Population::of(&both.subjects);
        let mut columns = || {
            rows.assign(&population, at);
            black_box(rows.ends());
        };
        let mut hashes = || {
            black_box(shards_of("traffic-onboarding-experiment", &keys, 10_000, kernel));
            black_box(shards_of("split-onboarding-experiment", &keys, 10_000, kernel));
        };
        let mut reference = || {
            for (key, attributes) in &both.theirs {
                let _ = black_box(get_assignment(Some(&theirs), case.flag, key, attributes, None, their_now));
            }
        };
        let [alike, columns, hashes, reference] =
            peers::measure(4_096, [&mut alike, &mut columns, &mut hashes, &mut reference]);
        // Only the fastest kernel of a machine has to be that fast.
        let bar = if kernel == Kernel::best() { 0.05 } else { 0.5 };
        peers::row(&format!("{}, alike", kernel.name()), alike, reference, bar);
        peers::row(&format!("{}, columns", kernel.name()), columns, reference, bar);
        peers::row(&format!("{}, alike, beside its hashes", kernel.name()), alike, hashes, 2.0);
    }
}

criterion_group!(benches, evaluating, counting);

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if filter.as_deref().is_none_or(|filter| filter == "peers") {
        ratios();
    }
    if filter.as_deref() != Some("peers") {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
