//! Every rule: id, name, default level, meaning, page.
//!
//! Ids are never reused. Families: 0xxx syntax, 1xxx names and types, 2xxx meaning, 3xxx change safety, 4xxx hygiene,
//! 5xxx portability across SDKs, 6xxx team policy. Families 0 and 1 cannot be lowered.

use super::Severity;

/// What a rule's findings count as, unless configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported as a warning.
    Warn,
    /// Reported as an error.
    Error,
}

/// What a rule is about: the first digit of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// 0xxx.
    Syntax,
    /// 1xxx.
    Names,
    /// 2xxx.
    Meaning,
    /// 3xxx.
    ChangeSafety,
    /// 4xxx.
    Hygiene,
    /// 5xxx.
    Portability,
    /// 6xxx.
    Policy,
}

macro_rules! rules {
    ($($variant:ident = $id:literal $name:literal $level:ident $meaning:literal;)*) => {
        /// A rule. The order is the order of ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("`", $id, "` ", $name, ": ", $meaning, ".")] $variant,)*
        }

        impl Rule {
            /// Every rule, by id.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// `FF1010`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// `unknown-variation`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What its findings count as, unless configured.
            #[must_use]
            pub fn default_level(self) -> Level {
                match self { $(Self::$variant => Level::$level),* }
            }

            /// What it finds, in a few words.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// Its page, Markdown: what it means, a bad and a good example, when to allow it.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("page/", $name, ".md"))),* }
            }
        }
    };
}

rules! {
    SyntaxError = "FF0001" "syntax-error" Error "KDL that cannot be read";
    NotUtf8 = "FF0002" "not-utf8" Error "a file that is not UTF-8 text";
    FileTooLarge = "FF0003" "file-too-large" Error "a file over 1 MiB";
    OutsideLink = "FF0004" "outside-link" Error "a symbolic link that leaves the workspace";
    IgnoredFile = "FF0005" "ignored-file" Warn "a definition that git ignores";
    NestedTooDeep = "FF0006" "nested-too-deep" Error "braces nested more than 64 deep";
    NestedWorkspace = "FF0007" "nested-workspace" Warn "a workspace inside another";
    BareKeyword = "FF0010" "bare-keyword" Error "`true`, `false`, `null`, `inf` or `nan` without `#`";
    UnquotedValue = "FF0011" "unquoted-value" Error "a percentage, date, version or UUID without quotes";
    RawStringTooShort = "FF0012" "raw-string-too-short" Error "a raw string that ends inside its own text";
    BlockOnNewLine = "FF0013" "block-on-new-line" Error "`{` on a line of its own";
    CommaAfterValue = "FF0014" "comma-after-value" Error "commas between values";
    BracketsForList = "FF0015" "brackets-for-list" Error "`[…]` around values";
    HashComment = "FF0016" "hash-comment" Error "`#` used for a comment";
    PropertyAsStatement = "FF0017" "property-as-statement" Error "`name=value` where a statement belongs";
    CommentedOut = "FF0020" "commented-out" Warn "a node, value or block hidden by `/-`";
    SymbolOperator = "FF0021" "symbol-operator" Error "`>`, `>=`, `<`, `!=` and their like instead of words";
    EqualsOperator = "FF0022" "equals-operator" Error "`=` used as a condition's operator";
    ColonAfterName = "FF0023" "colon-after-name" Error "`name:` in YAML's or JSON's manner";
    CommaInValue = "FF0024" "comma-in-value" Error "a comma that KDL reads as part of a value";
    SeveralConditionsOnOneLine = "FF0025" "several-conditions-on-one-line" Error "`and`, `&&`, `or` or `||` inside one condition";
    InvisibleCharacter = "FF0026" "invisible-character" Error "typographic quotes, zero-width characters or a stray byte-order mark inside a value";
    SeveralStepsOnOneLine = "FF0027" "several-steps-on-one-line" Error "two statements that KDL reads as one";
    BraceInComment = "FF0028" "brace-in-comment" Error "a closing brace swallowed by a comment";
    MisplacedDash = "FF0029" "misplaced-dash" Error "a dash line outside a list";
    NumberForText = "FF0030" "number-for-text" Error "digits that KDL reads as a number where text is meant";
    TypeAnnotation = "FF0031" "type-annotation" Error "a `(type)` annotation";
    DuplicateProperty = "FF0032" "duplicate-property" Error "one property written twice";
    UnknownStatement = "FF1001" "unknown-statement" Error "a statement this place does not know";
    UnknownProperty = "FF1002" "unknown-property" Error "a property this statement does not know";
    MissingPiece = "FF1003" "missing-piece" Error "a mandatory argument, property or statement that is not there";
    UnexpectedValue = "FF1004" "unexpected-value" Error "a value too many, or of the wrong kind";
    InvalidName = "FF1005" "invalid-name" Error "a name with characters outside `[A-Za-z0-9._-]`";
    ReservedName = "FF1006" "reserved-name" Error "a name flagfall keeps for itself";
    DuplicateDefinition = "FF1007" "duplicate-definition" Error "one thing defined twice";
    UnknownAttribute = "FF1008" "unknown-attribute" Error "an attribute nobody declared";
    UnknownSegment = "FF1009" "unknown-segment" Error "a segment nobody declared";
    UnknownVariation = "FF1010" "unknown-variation" Error "a variation the flag does not have";
    UnknownStep = "FF1011" "unknown-step" Error "a step the flag does not define";
    UnknownEnvironment = "FF1012" "unknown-environment" Error "an environment `flagfall.kdl` does not list";
    UnknownLayer = "FF1013" "unknown-layer" Error "a layer or slot nobody declared";
    UnknownHoldout = "FF1014" "unknown-holdout" Error "a holdout nobody declared";
    UnknownFlag = "FF1015" "unknown-flag" Error "a flag nobody defines";
    UnknownRule = "FF1016" "unknown-rule" Error "a rule id or name flagfall does not have";
    UnknownOperator = "FF1017" "unknown-operator" Error "an operator flagfall does not have";
    OperandType = "FF1018" "operand-type" Error "an operand of another type than its attribute";
    OperatorType = "FF1019" "operator-type" Error "an operator the attribute's type does not allow";
    OperandCount = "FF1020" "operand-count" Error "too few or too many operands";
    OutsideVocabulary = "FF1021" "outside-vocabulary" Error "an operand outside the attribute's closed vocabulary";
    VariationType = "FF1022" "variation-type" Error "a value of another type than its flag";
    SegmentCycle = "FF1023" "segment-cycle" Error "segments that use each other in a circle";
    ShareOffShard = "FF1024" "share-off-shard" Error "a share that does not land on a shard";
    ShareWithoutPercent = "FF1025" "share-without-percent" Error "a share written as a bare number";
    InvalidShare = "FF1026" "invalid-share" Error "a share that is not between 0 % and 100 %";
    OverlappingRanges = "FF1027" "overlapping-ranges" Error "explicit ranges that overlap";
    InvalidWeight = "FF1028" "invalid-weight" Error "weights that cannot be split by";
    ZeroWeight = "FF1029" "zero-weight" Warn "an arm of weight 0";
    InvalidInstant = "FF1030" "invalid-instant" Error "a date or instant that cannot be read";
    ReversedWindow = "FF1031" "reversed-window" Error "an end before its start";
    RampNarrows = "FF1032" "ramp-narrows" Error "a ramp whose times or shares do not rise";
    InvalidPattern = "FF1033" "invalid-pattern" Error "a regular expression that does not parse";
    SaltCollision = "FF1034" "salt-collision" Error "two different uses of one salt";
    ExperimentKeyCollision = "FF1035" "experiment-key-collision" Error "two experiments that SDKs would log under one key";
    AllocationKeyCollision = "FF1036" "allocation-key-collision" Error "two allocations of one flag and environment with one key";
    MixedEntities = "FF1037" "mixed-entities" Error "a flag, layer, holdout or contract of different entities";
    StepPlacedTwice = "FF1038" "step-placed-twice" Error "a step placed twice in one environment";
    SecondWhen = "FF1039" "second-when" Error "a second `when`";
    DefinitionInPlacement = "FF1040" "definition-in-placement" Error "a definition's property on a placement";
    OtherwiseNotLast = "FF1041" "otherwise-not-last" Error "a placement below `otherwise`";
    RetiredVariationServed = "FF1042" "retired-variation-served" Error "a retired variation that something serves";
    TooManyRules = "FF1043" "too-many-rules" Error "targeting that needs more than 64 rules";
    MissingFile = "FF1047" "missing-file" Error "a `file=` that cannot be read";
    InvalidJson = "FF1048" "invalid-json" Error "a JSON value that does not parse";
    NotInEvaluator = "FF1049" "not-in-evaluator" Error "something the evaluator cannot do";
    GapInSplit = "FF1050" "gap-in-split" Warn "shards no arm receives";
    IncompleteContract = "FF1051" "incomplete-contract" Error "an `exclusive` contract that binds nothing";
    IncompleteTest = "FF1052" "incomplete-test" Error "a test case that tests nothing";
    LoggingWithoutLog = "FF1054" "logging-without-log" Error "`extra-logging` on a step that does not log";
    TotalShards = "FF1055" "total-shards" Error "a number of shards that layers and holdouts cannot use";
    Edition = "FF1056" "edition" Error "an edition this flagfall does not read";
    SplitMissesVariation = "FF1057" "split-misses-variation" Error "a split that names a variation twice or no variation at all";
    MisplacedProperty = "FF1058" "misplaced-property" Error "a property or statement that contradicts another";
    NotExpressible = "FF1059" "not-expressible" Error "a foreign flag that the language cannot say exactly";
    NeverMatches = "FF2001" "never-matches" Error "targeting that no value can satisfy";
    RedundantCondition = "FF2002" "redundant-condition" Warn "a condition that changes nothing";
    UnreachableStep = "FF2003" "unreachable-step" Error "a step nobody reaches";
    NeverTakes = "FF2004" "never-takes" Warn "a step that takes nobody";
    GateBelowExperiment = "FF2005" "gate-below-experiment" Error "a gate whose subjects an experiment above it can enrol";
    OverlappingExperiments = "FF2006" "overlapping-experiments" Error "two experiments of a waterfall that want the same subjects";
    ExclusiveViolated = "FF2007" "exclusive-violated" Error "one subject in two experiments of an `exclusive` contract";
    ExclusiveByTargeting = "FF2008" "exclusive-by-targeting" Warn "a contract that holds only while attributes stay the same";
    LayerOvercommitted = "FF2009" "layer-overcommitted" Error "two experiments in one slot of a layer at the same time";
    HoldoutLeak = "FF2010" "holdout-leak" Warn "held-out subjects who get what they are held out from";
    BiasedSplit = "FF2011" "biased-split" Error "arms that do not receive the shares they are written with";
    PartlyShadowed = "FF2012" "partly-shadowed" Allow "a step that receives only part of its audience";
    TimeShadowed = "FF2013" "time-shadowed" Warn "a step nobody reaches for a time";
    Undecided = "FF2900" "undecided" Error "a question that could not be answered exactly";
    ReassignedExperiment = "FF3001" "reassigned-experiment" Warn "subjects of a running experiment who move";
    ChangedSalt = "FF3002" "changed-salt" Warn "a running experiment that hashes its subjects anew";
    ChangedArms = "FF3003" "changed-arms" Warn "arms of a running experiment that take other shards";
    LoweredExposure = "FF3004" "lowered-exposure" Warn "an exposure lowered under enrolled subjects";
    RemovedVariation = "FF3005" "removed-variation" Warn "a variation removed while it is served";
    RetypedFlag = "FF3006" "retyped-flag" Error "a flag of another type than callers ask for";
    EnabledWithoutTests = "FF3007" "enabled-without-tests" Warn "a flag switched on where no test runs";
    RampStep = "FF3008" "ramp-step" Warn "an exposure that rises by more at once than the policy allows";
    ExpiringLayer = "FF3009" "expiring-layer" Warn "a holdout or slot about to end under an experiment";
    RemovedExperiment = "FF3010" "removed-experiment" Warn "a step removed while its experiment runs";
    ComingShadow = "FF3011" "coming-shadow" Warn "a schedule that will take subjects from another step";
    ReassignedTooMany = "FF3012" "reassigned-too-many" Error "more subjects reassigned than the policy allows";
    RelabelledExperiment = "FF3013" "relabelled-experiment" Warn "a running experiment logged otherwise";
    RemovedFlag = "FF3014" "removed-flag" Warn "a flag removed while it is served";
    MissingOwner = "FF4001" "missing-owner" Warn "a flag without an owner";
    StaleFlag = "FF4002" "stale-flag" Warn "a flag past its expiry date";
    MissingExpiry = "FF4003" "missing-expiry" Allow "a flag without an expiry date";
    UnusedAttribute = "FF4004" "unused-attribute" Warn "an attribute nothing uses";
    UnusedSegment = "FF4005" "unused-segment" Warn "a segment nothing uses";
    UnusedLayer = "FF4006" "unused-layer" Warn "a layer or slot nothing uses";
    UnusedHoldout = "FF4007" "unused-holdout" Warn "a holdout nothing uses";
    UnusedVariation = "FF4008" "unused-variation" Warn "a variation nothing serves";
    MissingDescription = "FF4009" "missing-description" Allow "a flag without a description";
    UnusedAllow = "FF4010" "unused-allow" Warn "an `allow` that suppresses nothing";
    ExpiredAllow = "FF4011" "expired-allow" Warn "an `allow` past its date";
    AllowWithoutReason = "FF4012" "allow-without-reason" Error "an `allow` without a reason";
    ForgottenOverride = "FF4013" "forgotten-override" Warn "an `override` past its date";
    UntestedFlag = "FF4014" "untested-flag" Allow "a flag without tests";
    ExperimentInDisabledEnvironment = "FF4015" "experiment-in-disabled-environment" Warn "an experiment placed where the flag is disabled";
    UnplacedExperiment = "FF4016" "unplaced-experiment" Warn "an experiment no environment places";
    DarkLaunch = "FF4017" "dark-launch" Warn "an enabled environment that serves nothing";
    FineInstant = "FF5001" "fine-instant" Error "an instant finer than a millisecond";
    NumericText = "FF5002" "numeric-text" Error "a number written as text in an inequality";
    UnportablePattern = "FF5003" "unportable-pattern" Error "a regular expression that means different things in different SDKs";
    PatternOnNumber = "FF5004" "pattern-on-number" Error "a text operator on a number";
    UncanonicalListValue = "FF5005" "uncanonical-list-value" Error "a list value that SDKs spell differently";
    PrototypeAttribute = "FF5006" "prototype-attribute" Error "an attribute named like a JavaScript object's own property";
    IntegerRange = "FF5007" "integer-range" Error "an integer outside 32 bits";
    NumberPrecision = "FF5008" "number-precision" Error "a number with more than 15 significant digits";
    JsonNotObject = "FF5009" "json-not-object" Error "a JSON value that is not an object";
    TextLooksLikeJson = "FF5010" "text-looks-like-json" Warn "a string value that is JSON-object text";
    NonAsciiKey = "FF5011" "non-ascii-key" Error "a salt or key that is not ASCII";
    UnportableVersion = "FF5012" "unportable-version" Error "a version that SDKs read differently";
    PrereleaseVersion = "FF5013" "prerelease-version" Warn "a pre-release version";
    ReservedLoggingKey = "FF5014" "reserved-logging-key" Error "an extra-logging key that is an event field";
    NotInSql = "FF5015" "not-in-sql" Error "a flag that a dialect of SQL cannot say exactly";
    PolicyRequires = "FF6001" "policy-requires" Error "a flag without what the team's policy requires";
}

impl Rule {
    /// The rule with that id or name.
    #[must_use]
    pub fn find(id_or_name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == id_or_name || rule.id().eq_ignore_ascii_case(id_or_name))
    }

    /// The family: the first digit of the id.
    #[must_use]
    pub fn family(self) -> Family {
        match self.id().as_bytes().get(2) {
            Some(b'0') => Family::Syntax,
            Some(b'1') => Family::Names,
            Some(b'2') => Family::Meaning,
            Some(b'3') => Family::ChangeSafety,
            Some(b'4') => Family::Hygiene,
            Some(b'5') => Family::Portability,
            _ => Family::Policy,
        }
    }

    /// Whether `flagfall.kdl`, the command line and `allow` may change its level.
    #[must_use]
    pub fn can_be_lowered(self) -> bool {
        !matches!(self.family(), Family::Syntax | Family::Names)
    }

    /// The weight of its findings before levels are applied. Rules that are allowed by default weigh as warnings once asked for.
    #[must_use]
    pub fn default_severity(self) -> Severity {
        match self.default_level() {
            Level::Error => Severity::Error,
            Level::Warn | Level::Allow => Severity::Warning,
        }
    }
}
