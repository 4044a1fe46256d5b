use super::*;
use crate::ufc::read;

#[test]
fn numbers_are_plain_decimals_that_read_back() {
    for (number, with_point, without) in [
        (2.0, "2.0", "2"),
        (-0.0, "-0.0", "-0"),
        (0.1, "0.1", "0.1"),
        (1e-7, "0.0000001", "0.0000001"),
        (1e21, "1000000000000000000000.0", "1000000000000000000000"),
    ] {
        assert_eq!(number_text(number, true), with_point);
        assert_eq!(number_text(number, false), without);
    }
}

#[test]
fn numbers_too_long_for_the_evaluators_are_written_with_an_exponent() {
    let numbers = (20..280).map(|exponent| format!("1.23456789012345e{exponent}").parse::<f64>().unwrap());
    let with_exponent: Vec<_> = numbers.filter(|number| number_text(*number, true).contains('e')).collect();
    assert!(!with_exponent.is_empty());
    for number in with_exponent {
        assert_eq!(serde_json::from_str::<f64>(&number_text(number, true)).unwrap(), number);
    }
}

const CANONICAL: &str = r#"{
  "createdAt": "2024-04-17T19:40:53.716Z",
  "format": "SERVER",
  "environment": { "name": "production" },
  "flags": {
    "empty": {
      "key": "empty",
      "enabled": true,
      "variationType": "INTEGER",
      "variations": {
        "two": { "key": "two", "value": 2 }
      },
      "allocations": [],
      "totalShards": 10000
    },
    "price": {
      "key": "price",
      "enabled": true,
      "variationType": "NUMERIC",
      "variations": {
        "two": { "key": "two", "value": 2.0 },
        "naïve": { "key": "naïve", "value": 0.5 }
      },
      "allocations": [
        {
          "key": "test/production",
          "rules": [
            {
              "conditions": [
                { "attribute": "country", "operator": "ONE_OF", "value": ["CA", "US"] },
                { "attribute": "age", "operator": "GTE", "value": 18 },
                { "attribute": "id", "operator": "ONE_OF", "value": [
                  "1",
                  "2",
                  "3",
                  "4",
                  "5",
                  "6",
                  "7",
                  "8",
                  "9"
                ] }
              ]
            }
          ],
          "startAt": "2027-01-01T00:00:00.000Z",
          "splits": [
            {
              "variationKey": "two",
              "shards": [
                { "salt": "price/test/traffic", "ranges": [{ "start": 0, "end": 500 }] },
                { "salt": "price/test/split", "ranges": [{ "start": 0, "end": 10 }, { "start": 20, "end": 30 }] }
              ],
              "extraLogging": { "a": "b", "ticket": "GROW-412" }
            }
          ],
          "doLog": true
        },
        {
          "key": "otherwise/production",
          "splits": [
            { "variationKey": "two", "shards": [] }
          ],
          "doLog": false
        }
      ],
      "totalShards": 10000
    }
  },
  "banditReferences": {}
}
"#;

#[test]
fn canonical_text_reads_back_to_itself() {
    let config = read(CANONICAL.as_bytes()).unwrap();
    assert_eq!(to_json(&config), CANONICAL);
    let obfuscated = to_json(&crate::ufc::obfuscate(&config));
    assert_eq!(to_json(&read(obfuscated.as_bytes()).unwrap()), obfuscated);
}
