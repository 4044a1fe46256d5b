//! The grammar as a table: what each statement may be given, and what may stand in its block.

/// What one kind of statement looks like.
#[derive(Debug)]
pub(super) struct Shape {
    /// How findings call it.
    pub what: &'static str,
    /// How many leading arguments may be any text; a statement's name beyond them means that two statements share a line.
    pub firm: usize,
    /// How many arguments it takes at most.
    pub arguments: usize,
    /// The properties it knows.
    pub properties: &'static [&'static str],
    /// Whether other properties are the author's own names.
    pub open: bool,
    /// The statements its block may hold.
    pub statements: &'static [&'static str],
    /// Whether its block belongs to the author (JSON, lists, conditions): nobody checks it for statements.
    pub own_block: bool,
}

const BASE: Shape =
    Shape { what: "", firm: 1, arguments: 1, properties: &[], open: false, statements: &[], own_block: false };

macro_rules! shapes {
    ($($name:ident = { $($field:ident: $value:expr),* $(,)? };)*) => {
        $(pub(super) const $name: Shape = Shape { $($field: $value,)* ..BASE };)*

        /// Every shape, to find where a statement or a property belongs.
        pub(super) const ALL: &[&Shape] = &[$(&$name),*];
    };
}

shapes! {
    CONFIGURATION_FILE = { what: "`flagfall.kdl`", statements: &["edition", "definitions", "env", "rules", "policy"] };
    DEFINITIONS_FILE = {
        what: "a definitions file",
        statements: &["attribute", "segment", "layer", "holdout", "exclusive", "flag"],
    };
    TESTS_FILE = { what: "a `*.test.kdl` file", statements: &["tests"] };
    EDITION = { what: "`edition`" };
    DEFINITIONS = { what: "`definitions`" };
    ENVIRONMENT = { what: "an environment of the workspace", properties: &["protected"] };
    RULES = { what: "`rules`", firm: 0, arguments: 0, statements: &["allow", "warn", "deny"] };
    POLICY = {
        what: "`policy`", firm: 0, arguments: 0, statements: &["max-reassigned", "max-ramp-step", "require"],
    };
    POLICY_SHARE = { what: "a limit of `policy`", firm: 1, arguments: 1 };
    REQUIRE = { what: "`require`", firm: usize::MAX, arguments: usize::MAX };
    LEVEL = {
        what: "a line of `rules`", firm: usize::MAX, arguments: usize::MAX,
        properties: &["in", "reason", "until"],
    };
    ATTRIBUTE = { what: "an attribute", firm: 2, arguments: 2, statements: &["one-of", "description"] };
    VOCABULARY = {
        what: "a vocabulary", firm: usize::MAX, arguments: usize::MAX, properties: &["file"], own_block: true,
    };
    SEGMENT = { what: "a segment", statements: &["when", "or", "description"] };
    LAYER = {
        what: "a layer", properties: &["entity", "salt", "owner"], statements: &["slot", "description"],
    };
    SLOT = { what: "a slot", properties: &["from", "to"] };
    HOLDOUT = {
        what: "a holdout", arguments: 2, properties: &["start", "end", "entity", "salt", "owner"],
        statements: &["description"],
    };
    CONTRACT = { what: "an `exclusive` contract", statements: &["experiment"] };
    MEMBER = { what: "a contract's line", firm: 2, arguments: 2 };
    FLAG = {
        what: "a flag",
        properties: &["type", "name", "owner", "expires", "entity", "total-shards"],
        statements: &[
            "description", "code-default", "variation", "retired", "gate", "experiment", "env", "allow",
        ],
    };
    CODE_DEFAULT = { what: "`code-default`", properties: &["file"], own_block: true };
    VARIATION = { what: "a variation", firm: 2, arguments: 2, properties: &["file"], own_block: true };
    RETIRED = { what: "a retired variation" };
    GATE = {
        what: "a gate",
        properties: &["serve", "log", "salt", "traffic-salt", "split-salt", "start", "end"],
        statements: &["when", "or", "holdout", "extra-logging", "description"],
    };
    EXPERIMENT = {
        what: "an experiment",
        properties: &["log", "salt", "traffic-salt", "split-salt", "start", "end"],
        statements: &["split", "when", "or", "layer", "holdout", "extra-logging", "description"],
    };
    SPLIT = { what: "a split", firm: 0, arguments: 0, open: true, own_block: true };
    ARM = { what: "an arm's range", firm: 0, arguments: 0, properties: &["from", "to"] };
    LAYER_USE = { what: "a step's layer", properties: &["slot"] };
    HOLDOUT_USE = { what: "a step's holdout", properties: &["serve"] };
    EXTRA_LOGGING = { what: "`extra-logging`", firm: 0, arguments: 0, open: true };
    FLAG_ENVIRONMENT = {
        what: "a flag's environment", properties: &["enabled"],
        statements: &["gate", "experiment", "otherwise", "allow"],
    };
    PLACED_GATE = {
        what: "a gate's placement", arguments: 2,
        properties: &["enabled", "start", "end", "exposure-miss", "override", "until", "key"],
        statements: &["ramp"],
    };
    PLACED_EXPERIMENT = {
        what: "an experiment's placement", arguments: 2,
        properties: &["enabled", "start", "end", "exposure-miss", "key"],
        statements: &["ramp", "closed"],
    };
    RAMP = { what: "a ramp", firm: 0, arguments: 0, statements: &["at"] };
    PHASE = { what: "a line of a ramp", firm: 2, arguments: 2 };
    CLOSED = { what: "`closed`", firm: 0, arguments: 0, properties: &["by", "at"] };
    OTHERWISE = { what: "`otherwise`", properties: &["key"] };
    ALLOW = { what: "`allow`", properties: &["reason", "until"] };
    TESTS = { what: "`tests`", statements: &["case"] };
    CASE = {
        what: "a test case", properties: &["env", "at"],
        statements: &["subject", "given", "expect", "expect-default", "share", "share-default", "never"],
    };
    SUBJECT = { what: "`subject`", open: true };
    GIVEN = { what: "`given`", firm: 0, arguments: 0, open: true, own_block: true };
    EXPECT = { what: "`expect`", properties: &["via"] };
    EXPECT_DEFAULT = { what: "`expect-default`", firm: 0, arguments: 0 };
    SHARE = { what: "`share`", arguments: 2, properties: &["via"] };
    SHARE_DEFAULT = { what: "`share-default`", firm: 0 };
    NEVER = { what: "`never`" };
    DESCRIPTION = { what: "`description`" };
}

impl Shape {
    /// Where a statement of that name may stand, in words; empty when nowhere.
    pub(super) fn homes_of(statement: &str) -> String {
        let mut homes: Vec<&str> = Vec::new();
        for shape in ALL.iter().filter(|shape| shape.statements.contains(&statement)) {
            homes.push(shape.what);
        }
        join(&homes)
    }

    /// Which statements know a property of that name, in words; empty when none does.
    pub(super) fn owners_of(property: &str) -> String {
        let owners: Vec<&str> =
            ALL.iter().filter(|shape| shape.properties.contains(&property)).map(|shape| shape.what).collect();
        join(&owners)
    }

    /// Whether some statement has that name.
    pub(super) fn is_statement(name: &str) -> bool {
        ALL.iter().any(|shape| shape.statements.contains(&name))
    }
}

/// `a, b or c`.
pub(super) fn join(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}
