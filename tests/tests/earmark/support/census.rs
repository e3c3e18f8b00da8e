//! Who lived in a host's process, as the host told.

use xtask::host::{Census, Event, ThreadCost};

/// What was counted, in the order of the steps.
pub fn censuses(events: &[Event]) -> Vec<&Census> {
    let taken = events.iter().filter_map(|event| match event {
        Event::Census { census } => Some(census),
        _ => None,
    });
    taken.collect()
}

/// The threads that the plugin has made; the host's own are named after its program.
pub fn engine_threads(census: &Census) -> Vec<&ThreadCost> {
    let mut threads = census.named("earmark-");
    threads.retain(|thread| !thread.name.starts_with("earmark-test"));
    threads
}

/// After the last step the library was unloaded, and neither code nor a thread of it was left.
pub fn assert_nothing_left(events: &[Event]) {
    let Some(Event::Unloaded { gone, census, .. }) = events.last() else {
        panic!("the library was never unloaded: {:?}", events.last());
    };
    assert!(gone, "the library's code is still in memory");
    assert_eq!(engine_threads(census), Vec::<&ThreadCost>::new());
}
