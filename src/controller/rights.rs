//! Rights that go missing while nothing is written: asked for every few seconds, dry, so that a status does not say that all is well.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::cluster::Writer;
use super::context::{Context, name_of};

/// How often rights are asked for.
const PERIOD: Duration = Duration::from_secs(5);

/// A writer by namespace and service account.
type Account = (String, Option<String>);

/// Who lacks rights.
#[derive(Debug, Default)]
pub struct Rights {
    missing: Mutex<BTreeMap<Account, String>>,
}

impl Rights {
    /// What a writer lacks.
    #[must_use]
    pub fn missing(&self, writer: &Writer) -> Option<String> {
        let account = (writer.namespace.clone(), writer.account.clone());
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// Notes what a writer lacks; whether that is news.
    fn note(&self, account: Account, lacks: Option<String>) -> bool {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        match lacks {
            Some(message) => missing.insert(account, message).is_none(),
            None => missing.remove(&account).is_some(),
        }
    }
}

/// Asks for ever.
pub async fn watch(context: &Context) {
    let mut tick = tokio::time::interval(PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if context.fence.check().is_ok() {
            look(context).await;
        }
    }
}

/// Asks once for each writer, by one of its pointers.
async fn look(context: &Context) {
    let mut accounts: BTreeMap<Account, (String, Vec<super::sources::Name>)> = BTreeMap::new();
    for object in context.objects.state() {
        let Ok(sync) = &object.0 else { continue };
        let name = name_of(&object);
        let account = (name.0.clone(), sync.spec.service_account_name.clone());
        let entry = accounts.entry(account).or_insert_with(|| (sync.spec.target.name.clone(), Vec::new()));
        entry.1.push(name);
    }
    for (account, (target, names)) in accounts {
        let (namespace, service) = account.clone();
        let writer = Writer { namespace, account: service, manager: "flagfall".to_owned() };
        let lacks = match context.cluster.probe(&writer, &target).await {
            Err(refused) if refused.is_forbidden() => Some(refused.to_string()),
            Ok(()) => None,
            // The API server has other troubles; what was known stays.
            Err(_) => continue,
        };
        if context.rights.note(account, lacks) {
            names.iter().for_each(|name| context.wake(name));
        }
    }
}
