//! A push becomes the pointer.

use std::time::Duration;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::sync::{self, Watched};

pub(crate) async fn a_push_becomes_the_pointer(cluster: &Cluster) {
    let tenant = cluster.tenant("push").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let controller = Controller::start(cluster).await;
    let first = repository.origin.head();
    let watched = Watched::create(&tenant, &sync::of("banner", &repository.url(), "5s")).await;
    watched.applied(&first, Duration::from_secs(20)).await;
    watched.ready("True", "Applied", Duration::from_secs(5)).await;
    drop(controller);
}
