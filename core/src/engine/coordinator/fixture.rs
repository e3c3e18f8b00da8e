//! The coordinator that unit tests of this room begin with. On the test's thread; it exists in tests only.

use std::path::Path;
use std::sync::Arc;

use super::Coordinator;
use super::session::Session;
use crate::config::Config;
use crate::protocol::{InstanceId, SourceIdentity};
use crate::recorder::SourceLock;
use crate::store::SourceId;

/// A coordinator whose files lie in a folder of the test. It has one session, which receives no messages.
pub(super) fn with_one_session(folder: &Path, instance: InstanceId) -> Coordinator {
    let mut config = Config::from_environment().unwrap();
    config.database = Some(folder.join("earmark.db"));
    config.takes_folder = folder.join("takes");
    config.clips_folder = folder.join("clips");
    config.cache_folder = folder.join("cache");
    config.places_file = Some(folder.join("places.json"));
    let locks = config.locks_folder();
    let (_sender, inbox) = crossbeam_channel::unbounded();
    let mut coordinator = Coordinator::new(config, inbox).unwrap();
    let identity = SourceIdentity {
        id: SourceId::random(),
        name: String::from("Dialogue 1"),
    };
    let lock = SourceLock::acquire(&locks, &identity.id.to_string()).unwrap();
    let session = Session::new(identity, lock.into(), Arc::default());
    coordinator.sessions.insert(instance, session);
    coordinator
}
