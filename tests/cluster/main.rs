//! The promises of the controller, each against a real API server.
//!
//! `FLAGFALL_REQUIRE_CLUSTER=1 cargo test --test cluster` builds the control plane when it is in no cache, and fails without one.
//! `FLAGFALL_CLUSTER_FULL=1` takes the counts of the promises as they are written; by default they are scaled to minutes.

#![allow(dead_code, reason = "each test uses its part of what tests share")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a helper that cannot do its part fails the test"
)]

mod harness;

#[path = "../support/git_https.rs"]
mod git_https;
#[path = "../support/origin.rs"]
mod origin;
#[path = "../support/sshd.rs"]
mod sshd;

mod admission;
mod agent;
mod deletion;
mod deposed;
mod drift;
mod dryrun;
mod faults;
mod force;
mod guard;
mod hostile;
mod invalid;
mod many;
mod memory;
mod outage;
mod pin;
mod push;
mod quickstart;
mod replicas;
mod rights;
mod schema;
mod signature;
mod size;
mod soak;
mod sources;
mod tenancy;
mod webhook;

use harness::runner::{self, Promise, promises};

/// Each line of the table in README's chapter for operators, and what it rests upon.
const PROMISES: &[Promise] = promises![
    schema::the_api_server_holds_the_rules,
    schema::flagsyncs_are_found_by_their_source,
    admission::only_flagfall_writes_what_it_wrote,
    agent::the_file_follows_the_pointer_in_every_layout,
    agent::the_file_stays_when_nothing_whole_is_published,
    push::a_push_becomes_the_pointer_in_two_seconds,
    push::a_push_that_nobody_tells_of_is_found_within_an_interval,
    sources::a_poll_that_finds_nothing_new_compiles_nothing,
    sources::a_push_over_ssh_becomes_the_pointer,
    sources::a_published_branch_becomes_the_pointer,
    webhook::any_replica_takes_it_and_the_leader_acts,
    webhook::strangers_are_refused_and_replays_are_harmless,
    invalid::an_invalid_commit_is_not_applied,
    outage::an_unreachable_source_changes_nothing,
    outage::a_silent_source_is_called_stale,
    outage::tries_become_rarer_while_a_source_fails,
    outage::a_path_without_flags_changes_nothing,
    force::a_force_push_is_applied_and_recorded,
    guard::a_change_beyond_the_guard_waits_for_its_digest,
    guard::an_override_is_exempt,
    guard::nothing_at_all_is_held,
    pin::a_pin_needs_no_git_host,
    pin::a_pin_to_nothing_changes_nothing,
    drift::drift_is_put_right,
    drift::drift_is_left_and_told_while_suspended,
    drift::foreign_labels_and_annotations_stay,
    drift::a_fight_is_called_one,
    faults::an_api_server_that_is_gone_for_ten_seconds,
    faults::an_etcd_that_is_frozen_for_twenty_seconds,
    faults::a_controller_that_is_killed_at_any_point,
    faults::a_network_that_delays_hangs_and_cuts,
    rights::revoked_rights_are_told_and_healed,
    rights::rights_that_are_gone_altogether_are_in_the_metrics,
    replicas::one_of_two_leads_and_the_other_takes_over,
    deposed::a_deposed_leader_takes_nothing_back,
    signature::only_signed_commits_are_applied,
    signature::every_commit_since_the_merge_base_is_looked_at,
    deletion::orphan_leaves_pointer_and_history,
    deletion::delete_removes_pointer_and_history,
    deletion::a_deleted_namespace_ends,
    size::inline_holds_a_megabyte,
    size::gzip_holds_a_megabyte_compressed,
    size::parts_hold_several,
    hostile::a_hostile_repository_is_refused,
    tenancy::a_private_repository_needs_ones_own_credential,
    tenancy::a_foreign_configmap_is_not_touched,
    tenancy::the_younger_of_two_on_one_target_yields,
    tenancy::writes_are_the_tenants_own_where_that_is_required,
    many::two_hundred_flagsyncs_are_one_fetch,
    dryrun::looking_changes_nothing_and_announces_what_is_written,
    memory::the_controller_stays_below_128_mib,
    quickstart::the_readme_leads_from_deploy_to_a_config_that_pods_read,
    soak::random_pushes_drift_and_faults,
];

fn main() -> std::process::ExitCode {
    runner::main(PROMISES)
}
