//! The data that SDKs hand to an assignment logger, as JSON.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{AllocationCode, AttributeValue, Code, Event};

/// The members of every event.
const MEMBERS: [&str; 8] =
    ["featureFlag", "allocation", "experiment", "variation", "subject", "subjectAttributes", "timestamp", "metaData"];

/// The version of the reference core this evaluator agrees with.
pub const CORE_VERSION: &str = "10.0.0";

impl Code {
    /// The spelling SDKs use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Match => "MATCH",
            Self::FlagUnrecognizedOrDisabled => "FLAG_UNRECOGNIZED_OR_DISABLED",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::DefaultAllocationNull => "DEFAULT_ALLOCATION_NULL",
            Self::UnexpectedConfigurationError => "UNEXPECTED_CONFIGURATION_ERROR",
        }
    }
}

impl AllocationCode {
    /// The spelling SDKs use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Match => "MATCH",
            Self::BeforeStartTime => "BEFORE_START_TIME",
            Self::AfterEndTime => "AFTER_END_TIME",
            Self::FailingRule => "FAILING_RULE",
            Self::TrafficExposureMiss => "TRAFFIC_EXPOSURE_MISS",
            Self::Unevaluated => "UNEVALUATED",
        }
    }
}

impl AttributeValue {
    /// The value as JSON: integral numbers without a point, as most callers write them; what JSON has no word for is null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Text(text) => text.as_str().into(),
            // Negative zero is no integer of JSON's.
            Self::Number(number)
                if number.fract() == 0.0 && number.abs() <= EXACT && (*number != 0.0 || number.is_sign_positive()) =>
            {
                (*number as i64).into()
            }
            Self::Number(number) => (*number).into(),
            Self::Bool(value) => (*value).into(),
            Self::Null => Value::Null,
        }
    }
}

impl Event {
    /// The experiment's key, `<flag>-<allocation>`.
    #[must_use]
    pub fn experiment(&self) -> String {
        format!("{}-{}", self.flag, self.allocation)
    }

    /// The extra logging that shows: a pair cannot replace a member of the event.
    pub fn extra_members(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !MEMBERS.contains(name))
    }

    /// The event, flat: extra logging stands beside the other members, which it cannot replace.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let extra = self.extra_members().map(|(name, value)| (name.to_owned(), value.into()));
        let mut event: Map<String, Value> = extra.collect();
        let attributes: Map<_, _> =
            self.attributes.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
        for (name, value) in [
            ("featureFlag", self.flag.as_str().into()),
            ("allocation", self.allocation.as_str().into()),
            ("experiment", self.experiment().into()),
            ("variation", self.variation.as_str().into()),
            ("subject", self.subject.as_str().into()),
            ("subjectAttributes", attributes.into()),
            ("timestamp", instant_text(self.at).into()),
            ("metaData", meta_data()),
        ] {
            event.insert(name.to_owned(), value);
        }
        event.into()
    }
}

/// Who made the event.
#[must_use]
pub fn meta_data() -> Value {
    json!({ "sdkName": "flagfall", "sdkVersion": env!("CARGO_PKG_VERSION"), "coreVersion": CORE_VERSION })
}

/// RFC 3339 with `Z` and milliseconds, or as many more digits as the instant has.
#[must_use]
pub fn instant_text(at: Timestamp) -> String {
    let below_millisecond = at.subsec_nanosecond() % 1_000_000;
    let digits = match (below_millisecond, below_millisecond % 1_000) {
        (0, _) => 3,
        (_, 0) => 6,
        _ => 9,
    };
    format!("{at:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_milliseconds_and_keep_microseconds() {
        for (written, printed) in [
            ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00.000Z"),
            ("2026-12-01T09:00:00.5Z", "2026-12-01T09:00:00.500Z"),
            ("2026-12-01T09:00:00.123456Z", "2026-12-01T09:00:00.123456Z"),
            ("2026-12-01T09:00:00.123456789+01:00", "2026-12-01T08:00:00.123456789Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ] {
            assert_eq!(instant_text(written.parse().unwrap()), printed);
        }
    }

    #[test]
    fn attributes_print_as_callers_write_them() {
        let printed = |number: f64| AttributeValue::Number(number).to_json().to_string();
        assert_eq!([printed(34.0), printed(-3.0), printed(0.5), printed(-0.0)], ["34", "-3", "0.5", "-0.0"]);
        assert_eq!(printed(f64::NAN), "null");
    }
}
