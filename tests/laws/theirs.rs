//! The reference evaluator on a witness.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use eppo_core::eval::{get_assignment, get_assignment_details};
use eppo_core::ufc::UniversalFlagConfig;
use eppo_core::{AttributeValue as Theirs, Attributes, Configuration, SdkMetadata, Str};
use flagfall::evaluate::AttributeValue;
use flagfall::region::Witness;
use flagfall::ufc;
use std::collections::BTreeMap;

/// Variation, and the allocation that is logged; none for the caller's default.
pub(crate) fn seen(flag: &ufc::Flag, witness: &Witness) -> Option<(String, Option<String>)> {
    let config = ufc::Config {
        created_at: "2026-12-01T00:00:00.000Z".to_owned(),
        format: ufc::Format::Server,
        environment: "test".to_owned(),
        flags: BTreeMap::from([(flag.key.clone(), Ok(flag.clone()))]),
    };
    let sdk = SdkMetadata { name: "flagfall", version: "0" };
    let read = UniversalFlagConfig::from_json(sdk, ufc::write::to_json(&config).into_bytes()).unwrap();
    let configuration = Configuration::from_server_response(read, None);
    let attributes: Attributes = witness
        .subject
        .attributes
        .iter()
        .map(|(name, value)| {
            let value: Theirs = match value {
                AttributeValue::Text(text) => text.as_str().into(),
                AttributeValue::Number(number) => (*number).into(),
                AttributeValue::Bool(truth) => (*truth).into(),
                AttributeValue::Null => Theirs::null(),
            };
            (Str::from(name.as_str()), value)
        })
        .collect();
    let at: DateTime<Utc> = witness.at.to_string().parse().unwrap();
    let subject = Str::from(witness.subject.key.as_str());
    let attributes = Arc::new(attributes);
    let (result, _) = get_assignment_details(Some(&configuration), &flag.key, &subject, &attributes, None, at);
    let variation = result.evaluation_details.variation_key.as_ref()?.to_string();
    let assignment = get_assignment(Some(&configuration), &flag.key, &subject, &attributes, None, at).ok()??;
    Some((variation, assignment.event.map(|event| event.base.allocation.to_string())))
}
