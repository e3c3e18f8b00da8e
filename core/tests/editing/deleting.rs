//! Deleting versions, and taking that back.

use earmark_core::protocol::{Command, RegionState, Show, Target};

use super::super::span;
use super::{ids, with_versions};

#[test]
fn a_deleted_version_comes_back_whole_from_another_version_and_can_be_deleted_again() {
    let (session, _, saved) = with_versions();
    let newest = saved[2].timestamp.clone();
    let regions = ids(&session.instance.view());
    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).disabled());
    session.instance.send(
        session
            .instance
            .view()
            .resize(regions[1].region().unwrap(), span(3.5, 5.5))
            .unwrap(),
    );
    let before = session.wait_for("the edits", |view| {
        view.results
            .regions
            .iter()
            .any(|region| region.state == RegionState::Disabled)
            && view
                .results
                .regions
                .iter()
                .any(|region| region.span == span(3.5, 5.5))
    });

    session.instance.send(
        session
            .instance
            .view()
            .change_version(&newest, Target::VersionDeleted),
    );
    let view = session.wait_for("one version less", |view| view.results.versions.len() == 2);
    assert_eq!(view.marks.undo.as_deref(), Some("deleting version 3"));
    session.instance.send(Command::Show(Show::Version(Some(
        saved[0].timestamp.clone(),
    ))));
    session.wait_for("the oldest version", |view| view.results.regions.len() == 1);
    session.instance.send(Command::Undo);
    let back = session.wait_for("the version again", |view| view.results.versions.len() == 3);
    assert_eq!(back.results.versions, before.results.versions);
    assert_eq!(
        back.shown.version.as_ref(),
        Some(&saved[0].timestamp),
        "what is looked at stays on show"
    );

    session.instance.send(Command::Redo);
    session.wait_for("it deleted again", |view| view.results.versions.len() == 2);
    session.instance.send(Command::Undo);
    session.wait_for("it back again", |view| view.results.versions.len() == 3);
    session
        .instance
        .send(Command::Show(Show::Version(Some(newest.clone()))));
    let back = session.wait_for("its regions", |view| {
        view.shown.version.as_ref() == Some(&newest) && view.results.regions.len() == 3
    });
    assert_eq!(back.results.regions, before.results.regions);

    // The edits made before it was deleted are still of the same regions.
    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    session.wait_for("the edits undone", |view| {
        view.marks.undo.is_none()
            && view
                .results
                .regions
                .iter()
                .all(|region| region.state == RegionState::Found && region.span.duration_s() == 1.0)
    });
}
