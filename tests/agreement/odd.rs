//! Documents at the edge of what the reference reads: both load them or both do not, flag by flag.

use flagfall::evaluate::{AttributeValue, Subject};

use crate::generate::Evaluation;
use crate::oracle;

const DOCUMENT: &str = r#"{"createdAt":"2024-04-17T19:40:53.716Z","format":"SERVER","environment":{"name":"Test"},
    "flags":{"f":FLAG,"other":{"key":"other","enabled":true,"variationType":"STRING","variations":{},"allocations":[],"totalShards":1}}}"#;
const FLAG: &str = r#"{"key":"f","enabled":true,"variationType":"STRING","variations":{"a":{"key":"a","value":"A"}},
    "allocations":[{"key":"x","rules":[{"conditions":[{"attribute":"n","operator":"GT","value":1}]}],
    "splits":[{"variationKey":"a","shards":[{"salt":"s","ranges":[{"start":0,"end":10000}]}]}]}],"totalShards":10000}"#;

fn assert_same(document: &str) {
    let subject = |n: f64| {
        let attributes = [("n".to_owned(), AttributeValue::Number(n))].into();
        Subject { key: "s".to_owned(), attributes }
    };
    let at = "2024-06-01T00:00:00Z".parse().unwrap();
    let evaluations = ["f", "other", "absent"]
        .into_iter()
        .flat_map(|flag| [0.0, 2.0].map(|n| Evaluation { flag, subject: subject(n), requested: None, at }));
    oracle::compare(0, document, &evaluations.collect::<Vec<_>>());
}

#[test]
fn flags_in_odd_shapes_are_read_where_the_reference_reads_them() {
    for (part, odd) in [
        ("\"STRING\"", "{\"STRING\":null}"),
        ("\"STRING\"", "{\"STRING\":{}}"),
        ("\"STRING\"", "[\"STRING\"]"),
        ("\"STRING\"", "\"string\""),
        ("\"GT\"", "{\"GT\":null}"),
        ("\"GT\"", "{\"GT\":1}"),
        ("\"GT\"", "7"),
        ("{\"start\":0,\"end\":10000}", "[0,10000]"),
        ("{\"start\":0,\"end\":10000}", "[0,10000,1]"),
        ("{\"start\":0,\"end\":10000}", "[0]"),
        ("{\"start\":0,\"end\":10000}", "{\"start\":0,\"end\":1e4}"),
        ("{\"start\":0,\"end\":10000}", "{\"start\":-0,\"end\":10000}"),
        ("{\"start\":0,\"end\":10000}", "{\"start\":-1,\"end\":10000}"),
        ("{\"start\":0,\"end\":10000}", "{\"start\":9,\"end\":3}"),
        ("{\"attribute\":\"n\",\"operator\":\"GT\",\"value\":1}", "[\"n\",\"GT\",1]"),
        ("{\"attribute\":\"n\",\"operator\":\"GT\",\"value\":1}", "[\"n\",\"GT\",1,2]"),
        (
            "{\"attribute\":\"n\",\"operator\":\"GT\",\"value\":1}",
            "{\"attribute\":\"n\",\"operator\":\"GT\",\"value\":1,\"value\":1}",
        ),
        ("{\"key\":\"a\",\"value\":\"A\"}", "[\"a\",\"A\"]"),
        ("{\"key\":\"a\",\"value\":\"A\"}", "{\"key\":\"a\",\"value\":null}"),
        ("{\"key\":\"a\",\"value\":\"A\"}", "{\"key\":\"a\",\"value\":\"A\",\"x\":1e99}"),
        ("\"totalShards\":10000", "\"totalShards\":10000.0"),
        ("\"totalShards\":10000", "\"totalShards\":4294967296"),
        ("\"totalShards\":10000", "\"totalShards\":\"10000\""),
        ("\"totalShards\":10000", "\"totalShards\":10000,\"x\":[[[[]]]]"),
        ("\"enabled\":true", "\"enabled\":1"),
        ("\"enabled\":true", "\"enabled\":true,\"enabled\":true"),
        ("\"splits\":", "\"doLog\":null,\"splits\":"),
        ("\"splits\":", "\"startAt\":5,\"splits\":"),
        ("\"splits\":", "\"startAt\":\"2024-06-01T00:00:00Z\",\"endAt\":null,\"splits\":"),
        ("\"shards\":", "\"extraLogging\":{},\"shards\":"),
        ("\"shards\":", "\"extraLogging\":null,\"shards\":"),
        ("\"shards\":", "\"extraLogging\":[],\"shards\":"),
        ("\"shards\":", "\"extraLogging\":{\"a\":\"1\",\"a\":\"2\"},\"shards\":"),
        ("\"variations\":{", "\"variations\":{\"a\":{\"key\":\"gone\",\"value\":\"A\"},"),
    ] {
        assert!(FLAG.contains(part), "{part}");
        assert_same(&DOCUMENT.replace("FLAG", &FLAG.replacen(part, odd, 1)));
    }
}

#[test]
fn documents_in_odd_shapes_are_read_where_the_reference_reads_them() {
    let good = DOCUMENT.replace("FLAG", FLAG);
    for (part, odd) in [
        ("\"format\":\"SERVER\"", "\"format\":null"),
        ("\"format\":\"SERVER\"", "\"format\":\"server\""),
        ("\"format\":\"SERVER\"", "\"format\":{\"SERVER\":null}"),
        ("\"format\":\"SERVER\",", ""),
        ("{\"name\":\"Test\"}", "[\"Test\"]"),
        ("{\"name\":\"Test\"}", "null"),
        ("{\"name\":\"Test\"}", "{\"name\":5}"),
        ("\"format\"", "\"bandits\":{},\"format\""),
        ("\"format\"", "\"bandits\":null,\"format\""),
        ("\"format\"", "\"bandits\":{\"b\":[{\"key\":\"b\"}]},\"format\""),
        ("\"format\"", "\"bandits\":{\"b\":[[\"b\",\"f\",\"a\",\"A\"]]},\"format\""),
        ("\"format\"", "\"banditReferences\":{},\"format\""),
        ("\"format\"", "\"createdAt\":\"2024-04-17T19:40:53.716Z\",\"format\""),
        ("2024-04-17T19:40:53.716Z", "2024-04-17"),
        ("\"A\"", "\"\\ud800\""),
        ("\"A\"", "NaN"),
        ("\"A\"", "1e999"),
        ("\"A\"", "\"\u{1}\""),
        ("\"flags\":{", "\"flags\":{\"f\":5,"),
        ("{\"createdAt\"", "\u{feff}{\"createdAt\""),
        ("{\"createdAt\"", "{\"x\":1,\"createdAt\""),
        ("{\"createdAt\"", " [\"createdAt\""),
    ] {
        assert!(good.contains(part), "{part}");
        assert_same(&good.replacen(part, odd, 1));
    }
    assert_same(&format!("{good} x"));
    assert_same(&format!("{good}\n"));
    let nested = format!("\"A\",\"deep\":{}{}", "[".repeat(200), "]".repeat(200));
    assert_same(&good.replacen("\"A\"", &nested, 1));
}
