//! A small configuration whose flags have the shapes that evaluation meets: no rule, lists, numbers, patterns, versions, splits of
//! one salt and of two. Fourteen cases of it are what the reference core was measured with.

use flagfall::evaluate::AttributeValue;

/// What is asked of one flag.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) flag: &'static str,
    pub(crate) attributes: Vec<(&'static str, AttributeValue)>,
}

/// The configuration.
pub(crate) const CONFIG: &str = r#"{"createdAt":"2026-12-01T00:00:00.000Z","format":"SERVER","environment":{"name":"Test"},"flags":{
"plain":{"key":"plain","enabled":true,"variationType":"NUMERIC","totalShards":10000,
  "variations":{"e":{"key":"e","value":2.7182818},"pi":{"key":"pi","value":3.1415926}},
  "allocations":[{"key":"rollout","doLog":true,"splits":[{"variationKey":"pi","shards":[]}]}]},
"switch":{"key":"switch","enabled":true,"variationType":"BOOLEAN","totalShards":10000,
  "variations":{"on":{"key":"on","value":true},"off":{"key":"off","value":false}},
  "allocations":[
    {"key":"america","doLog":true,"rules":[{"conditions":[{"attribute":"country","operator":"ONE_OF","value":["US","CA","MX"]}]}],
     "splits":[{"variationKey":"on","shards":[{"salt":"all","ranges":[{"start":0,"end":10000}]}]}]},
    {"key":"old","doLog":true,"rules":[{"conditions":[{"attribute":"age","operator":"GTE","value":50}]}],
     "splits":[{"variationKey":"on","shards":[{"salt":"all","ranges":[{"start":0,"end":10000}]}]}]},
    {"key":"rest","doLog":true,"rules":[],"splits":[{"variationKey":"off","shards":[]}]}]},
"numbers":{"key":"numbers","enabled":true,"variationType":"INTEGER","totalShards":10000,
  "variations":{"1":{"key":"1","value":1},"2":{"key":"2","value":2},"3":{"key":"3","value":3}},
  "allocations":[
    {"key":"one","doLog":true,"rules":[{"conditions":[{"attribute":"number","operator":"ONE_OF","value":["1"]}]}],
     "splits":[{"variationKey":"1","shards":[]}]},
    {"key":"many","doLog":true,"rules":[{"conditions":[{"attribute":"number","operator":"ONE_OF","value":["123456789"]}]}],
     "splits":[{"variationKey":"2","shards":[]}]},
    {"key":"not two","doLog":true,"rules":[{"conditions":[{"attribute":"number","operator":"NOT_ONE_OF","value":["2"]}]}],
     "splits":[{"variationKey":"3","shards":[]}]}]},
"pattern":{"key":"pattern","enabled":true,"variationType":"STRING","totalShards":10000,
  "variations":{"example":{"key":"example","value":"example"},"test":{"key":"test","value":"test"}},
  "allocations":[
    {"key":"example","doLog":true,"rules":[{"conditions":[{"attribute":"email","operator":"MATCHES","value":"@example\\.com"}]}],
     "splits":[{"variationKey":"example","shards":[]}]},
    {"key":"test","doLog":true,"rules":[{"conditions":[{"attribute":"email","operator":"MATCHES","value":".*@test\\.com"}]}],
     "splits":[{"variationKey":"test","shards":[]}]}]},
"version":{"key":"version","enabled":true,"variationType":"STRING","totalShards":10000,
  "variations":{"old":{"key":"old","value":"old"},"current":{"key":"current","value":"current"},"new":{"key":"new","value":"new"}},
  "allocations":[
    {"key":"old","doLog":true,"rules":[{"conditions":[{"attribute":"version","operator":"LT","value":"1.5.0"}]}],
     "splits":[{"variationKey":"old","shards":[]}]},
    {"key":"current","doLog":true,"rules":[{"conditions":[{"attribute":"version","operator":"GTE","value":"1.5.0"},
      {"attribute":"version","operator":"LTE","value":"2.2.13"}]}],"splits":[{"variationKey":"current","shards":[]}]},
    {"key":"new","doLog":true,"rules":[{"conditions":[{"attribute":"version","operator":"GT","value":"3.1.0"}]}],
     "splits":[{"variationKey":"new","shards":[]}]}]},
"size":{"key":"size","enabled":true,"variationType":"STRING","totalShards":10000,
  "variations":{"small":{"key":"small","value":"small"},"medium":{"key":"medium","value":"medium"},"large":{"key":"large","value":"large"}},
  "allocations":[
    {"key":"small","doLog":true,"rules":[{"conditions":[{"attribute":"size","operator":"LT","value":10}]}],
     "splits":[{"variationKey":"small","shards":[]}]},
    {"key":"medium","doLog":true,"rules":[{"conditions":[{"attribute":"size","operator":"GTE","value":10},
      {"attribute":"size","operator":"LTE","value":20}]}],"splits":[{"variationKey":"medium","shards":[]}]},
    {"key":"large","doLog":true,"rules":[{"conditions":[{"attribute":"size","operator":"GT","value":25}]}],
     "splits":[{"variationKey":"large","shards":[]}]}]},
"half":{"key":"half","enabled":true,"variationType":"INTEGER","totalShards":10000,
  "variations":{"one":{"key":"one","value":1},"two":{"key":"two","value":2},"three":{"key":"three","value":3}},
  "allocations":[
    {"key":"targeted","doLog":true,"rules":[{"conditions":[{"attribute":"country","operator":"ONE_OF","value":["US","CA","MX"]}]},
      {"conditions":[{"attribute":"email","operator":"MATCHES","value":".*@example.com"}]}],
     "splits":[{"variationKey":"three","shards":[{"salt":"all","ranges":[{"start":0,"end":10000}]}]}]},
    {"key":"half","doLog":true,"rules":[],"splits":[
     {"variationKey":"one","shards":[{"salt":"split-half-some-allocation","ranges":[{"start":0,"end":5000}]}]},
     {"variationKey":"two","shards":[{"salt":"split-half-some-allocation","ranges":[{"start":5000,"end":10000}]}]}]}]},
"document":{"key":"document","enabled":true,"variationType":"JSON","totalShards":10000,
  "variations":{"one":{"key":"one","value":"{\"integer\":1,\"string\":\"one\"}"},"two":{"key":"two","value":"{\"integer\":2,\"string\":\"two\"}"},
    "empty":{"key":"empty","value":"{}"}},
  "allocations":[
    {"key":"forced","doLog":true,"rules":[{"conditions":[{"attribute":"force empty","operator":"ONE_OF","value":["true"]}]}],
     "splits":[{"variationKey":"empty","shards":[{"salt":"all","ranges":[{"start":0,"end":10000}]}]}]},
    {"key":"half","doLog":true,"rules":[],"splits":[
     {"variationKey":"one","shards":[{"salt":"traffic-document","ranges":[{"start":0,"end":10000}]},{"salt":"split-document","ranges":[{"start":0,"end":5000}]}]},
     {"variationKey":"two","shards":[{"salt":"traffic-document","ranges":[{"start":0,"end":10000}]},{"salt":"split-document","ranges":[{"start":5000,"end":10000}]}]}]}]},
"onboarding":{"key":"onboarding","enabled":true,"variationType":"STRING","totalShards":10000,
  "variations":{"control":{"key":"control","value":"control"},"red":{"key":"red","value":"red"},"blue":{"key":"blue","value":"blue"},
    "green":{"key":"green","value":"green"},"yellow":{"key":"yellow","value":"yellow"},"purple":{"key":"purple","value":"purple"}},
  "allocations":[
    {"key":"somebody","doLog":false,"rules":[{"conditions":[{"attribute":"id","operator":"MATCHES","value":"zach"}]}],
     "splits":[{"variationKey":"purple","shards":[]}]},
    {"key":"internal","doLog":false,"rules":[{"conditions":[{"attribute":"email","operator":"MATCHES","value":"@mycompany.com"}]}],
     "splits":[{"variationKey":"green","shards":[]}]},
    {"key":"experiment","doLog":true,"rules":[{"conditions":[{"attribute":"country","operator":"NOT_ONE_OF","value":["US","CA","MX"]}]}],"splits":[
     {"variationKey":"control","shards":[{"salt":"traffic-onboarding-experiment","ranges":[{"start":0,"end":6000}]},{"salt":"split-onboarding-experiment","ranges":[{"start":0,"end":5000}]}]},
     {"variationKey":"red","shards":[{"salt":"traffic-onboarding-experiment","ranges":[{"start":0,"end":6000}]},{"salt":"split-onboarding-experiment","ranges":[{"start":5000,"end":8000}]}]},
     {"variationKey":"yellow","shards":[{"salt":"traffic-onboarding-experiment","ranges":[{"start":0,"end":6000}]},{"salt":"split-onboarding-experiment","ranges":[{"start":8000,"end":10000}]}]}]},
    {"key":"rollout","doLog":true,"rules":[{"conditions":[{"attribute":"country","operator":"ONE_OF","value":["US","CA","MX"]}]}],
     "splits":[{"variationKey":"blue","shards":[{"salt":"split-onboarding-rollout","ranges":[{"start":0,"end":8000}]}]}]}]}
}}"#;

/// The fourteen cases.
pub(crate) fn cases() -> Vec<Case> {
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    let number = AttributeValue::Number;
    let case = |name, flag, attributes| Case { name, flag, attributes };
    vec![
        case("no rule", "plain", vec![]),
        case("list, in", "switch", vec![("country", text("US")), ("age", number(30.0))]),
        case("list and number, in neither", "switch", vec![("country", text("UK")), ("age", number(30.0))]),
        case("list and number, old enough", "switch", vec![("country", text("UK")), ("age", number(60.0))]),
        case("number in lists of texts", "numbers", vec![("number", number(3.0))]),
        case("pattern, matching", "pattern", vec![("email", text("alice@test.com"))]),
        case("pattern, not matching", "pattern", vec![("email", text("alice@elsewhere.org"))]),
        case("versions", "version", vec![("version", text("2.0.0"))]),
        case("numbers", "size", vec![("size", number(15.0))]),
        case("half of everybody", "half", vec![]),
        case("half, JSON", "document", vec![]),
        case("experiment, nothing known", "onboarding", vec![]),
        case("experiment, one salt", "onboarding", vec![("country", text("US"))]),
        case("experiment, two salts", "onboarding", vec![("country", text("UK"))]),
    ]
}
