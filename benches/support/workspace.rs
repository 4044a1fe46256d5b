//! Workspaces of any size, as a busy company's would look: the same for the same seed, on any machine.
//!
//! Every flag is one of a handful of shapes (gates, a canary, a layered experiment with a holdout, a ramp, a JSON campaign, long lists),
//! with its own names, owners, rules and weights; nine in ten are enabled in production.

use std::fmt::Write as _;

/// A file of a workspace: its path and its text.
pub(crate) type File = (String, String);

/// SplitMix64: small, seeded, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    pub(crate) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[usize::try_from(self.below(list.len() as u64)).unwrap_or(0)]
    }
}

const COUNTRIES: &[&str] = &["US", "CA", "GB", "DE", "FR", "ES", "IT", "SE", "JP", "BR"];
const PLANS: &[&str] = &["free", "pro", "team", "enterprise"];
const OWNERS: &[&str] = &["growth", "checkout", "search", "platform", "mobile", "docs"];
const NOUNS: &[&str] = &["banner", "cart", "feed", "invoice", "login", "menu", "price", "profile", "search", "upload"];
const VERBS: &[&str] =
    &["bigger", "calmer", "faster", "fresher", "later", "plain", "shorter", "smart", "sticky", "warm"];

/// A workspace of `flags` flags.
pub(crate) fn generate(flags: usize, seed: u64) -> Vec<File> {
    let mut random = Random::new(seed);
    let mut files =
        vec![("flagfall.kdl".to_owned(), configuration()), ("vocabulary.kdl".to_owned(), vocabulary(flags))];
    for number in 0..flags {
        let key = format!("{}-{}-{number}", random.pick(VERBS), random.pick(NOUNS));
        let text = flag(&key, number, &mut random);
        files.push((format!("{}/{key}.kdl", OWNERS[number % OWNERS.len()]), text));
    }
    files
}

fn configuration() -> String {
    "edition \"2026\"\n\nenv test\nenv staging\nenv production protected=#true\n".to_owned()
}

fn vocabulary(flags: usize) -> String {
    let mut text = String::from(
        "attribute email string\nattribute plan string { one-of free pro team enterprise }\nattribute age number\n\
         attribute beta-tester bool\nattribute app-version semver\nattribute first-seen number\nattribute account string\n",
    );
    let _ = writeln!(text, "attribute country string {{ one-of {} }}\n", COUNTRIES.join(" "));
    text.push_str("segment staff { when email ends-with \"@example.com\" }\n");
    text.push_str("segment adults { when age gte 18 }\n");
    text.push_str("segment north-america { when country one-of US CA }\n");
    text.push_str("segment paying {\n    when plan one-of pro team enterprise\n    or in-segment staff\n}\n\n");
    text.push_str("holdout growth-2027h1 \"5%\" start=\"2027-01-01T00:00:00Z\" end=\"2027-06-30T23:59:59.999Z\"\n");
    // A layer for each ten layered flags, each with ten slots.
    for layer in 0..flags.div_ceil(SHAPES * 10) {
        let _ = writeln!(text, "\nlayer page-{layer} {{");
        for slot in 0..10 {
            let _ = writeln!(text, "    slot s{slot} from=\"{}%\" to=\"{}%\"", slot * 10, slot * 10 + 10);
        }
        text.push_str("}\n");
    }
    text
}

const SHAPES: usize = 6;

fn flag(key: &str, number: usize, random: &mut Random) -> String {
    match number % SHAPES {
        0 => gates(key, random),
        1 => canary(key, random),
        2 => layered(key, number / SHAPES, random),
        3 => ramp(key, random),
        4 => campaign(key, random),
        _ => lists(key, random),
    }
}

fn head(key: &str, kind: &str, random: &mut Random) -> String {
    format!(
        "// Made up by the benchmark.\nflag {key} type={kind} name=\"{}\" owner={} expires=\"2027-{:02}-28\" {{\n    description \"What {key} is for\"\n",
        key.replace('-', " "),
        random.pick(OWNERS),
        random.below(12) + 1,
    )
}

fn environments(test: &str, staging: &str, production: &str, random: &mut Random) -> String {
    let enabled = if random.below(10) == 0 { "#false" } else { "#true" };
    format!(
        "\n    env test enabled=#true {{\n{test}    }}\n    env staging enabled=#true {{\n{staging}    }}\n    env production enabled={enabled} {{\n{production}    }}\n}}\n"
    )
}

fn gates(key: &str, random: &mut Random) -> String {
    let mut text = head(key, "boolean", random);
    text.push_str("    code-default #false\n\n    variation off #false\n    variation on #true\n\n");
    text.push_str("    gate staff-preview serve=on { when in-segment staff }\n");
    let _ = writeln!(text, "    gate qa-account serve=on log=#true {{ when id is acct-qa-{} }}", random.below(1000));
    let _ = writeln!(text, "    gate country serve=on {{ when country one-of US {} }}", random.pick(&COUNTRIES[1..]));
    text + &environments(
        "        otherwise on\n",
        "        gate staff-preview\n        otherwise off\n",
        &format!(
            "        gate staff-preview\n        gate qa-account\n        gate country \"{}%\"\n        otherwise off\n",
            random.below(99) + 1
        ),
        random,
    )
}

fn canary(key: &str, random: &mut Random) -> String {
    let mut text = head(key, "string", random);
    text.push_str("    code-default control\n\n    variation control control\n    variation bold \"Almost there!\"\n    variation calm \"Take your time\"\n\n");
    text.push_str("    gate staff-preview serve=bold { when in-segment staff }\n");
    let _ = writeln!(
        text,
        "    experiment copy-test {{\n        split control={} bold={} calm={}\n        when {{\n            country one-of US CA GB\n            app-version gte \"{}.{}.0\"\n        }}\n        or plan is {}\n        extra-logging ticket=\"GROW-{}\"\n    }}",
        random.below(90) + 5,
        random.below(50) + 1,
        random.below(50) + 1,
        random.below(5),
        random.below(20),
        random.pick(PLANS),
        random.below(1000),
    );
    text + &environments(
        "        otherwise bold\n",
        "        experiment copy-test\n        otherwise control\n",
        &format!(
            "        gate staff-preview\n        experiment copy-test \"{}.5%\"\n        otherwise control\n",
            random.below(99)
        ),
        random,
    )
}

fn layered(key: &str, number: usize, random: &mut Random) -> String {
    let mut text = head(key, "numeric", random);
    text.push_str("    code-default 10.0\n\n    variation full 10.0\n    variation charm 9.99\n\n");
    let _ = writeln!(
        text,
        "    experiment price-test {{\n        split full=50 charm=50\n        layer page-{} slot=s{}\n        holdout growth-2027h1 serve=full\n        when {{\n            in-segment adults\n            country is {}\n        }}\n        or {{\n            not-in-segment paying\n            age lt {}\n        }}\n    }}",
        number / 10,
        number % 10,
        random.pick(COUNTRIES),
        random.below(60) + 20,
    );
    text + &environments(
        "        otherwise charm\n",
        "        experiment price-test\n        otherwise full\n",
        &format!("        experiment price-test \"{}%\"\n        otherwise full\n", random.below(99) + 1),
        random,
    )
}

fn ramp(key: &str, random: &mut Random) -> String {
    let mut text = head(key, "integer", random);
    text.push_str("    code-default 20\n\n    variation small 20\n    variation large 2000\n\n");
    let _ = writeln!(
        text,
        "    experiment size-test {{\n        split small=1 large=1\n        when app-version gte \"{}.0.0\"\n    }}",
        random.below(9)
    );
    let _ = writeln!(text, "    gate kill serve=small");
    let placement = "        experiment size-test {\n            ramp {\n                at \"2026-12-01T09:00:00Z\" \"1%\"\n                at \"2026-12-08T09:00:00Z\" \"10%\"\n                at \"2026-12-15T09:00:00Z\" \"100%\"\n            }\n        }\n        otherwise small\n";
    text + &environments("        otherwise large\n", "        otherwise large\n", placement, random)
}

fn campaign(key: &str, random: &mut Random) -> String {
    let mut text = head(key, "json", random);
    let _ = writeln!(
        text,
        "    code-default #\"{{\"title\": \"Welcome\"}}\"#\n\n    variation plain #\"{{\"title\": \"Welcome\", \"limits\": {{\"items\": {}}}}}\"#\n    variation spring {{\n        title \"Spring is close\"\n        image \"/img/spring-{}.webp\"\n        call text=\"See the sandals\" href=\"/sandals\"\n    }}\n",
        random.below(100),
        random.below(100),
    );
    let _ = writeln!(
        text,
        "    experiment hero-test {{\n        split plain=1 spring=1\n        when beta-tester is #true\n        or country is {}\n    }}",
        random.pick(COUNTRIES)
    );
    text + &environments(
        "        otherwise spring\n",
        "        experiment hero-test \"50%\"\n        otherwise plain\n",
        "        experiment hero-test start=\"2026-12-01T00:00:00Z\" end=\"2027-02-28T23:59:59.999Z\"\n        otherwise plain\n",
        random,
    )
}

fn lists(key: &str, random: &mut Random) -> String {
    let mut text = head(key, "boolean", random);
    text.push_str("    code-default #false\n\n    variation off #false\n    variation on #true\n\n    gate accounts serve=on {\n        when account one-of {\n");
    for _ in 0..40 {
        let _ = writeln!(text, "            - acct-{:08x}", random.draw() >> 32);
    }
    text.push_str(
        "        }\n    }\n    gate partners serve=on { when email matches \"@partner-[0-9]+[.]example$\" }\n",
    );
    text + &environments(
        "        otherwise on\n",
        "        gate accounts\n        otherwise off\n",
        "        gate accounts\n        gate partners\n        otherwise off\n",
        random,
    )
}
