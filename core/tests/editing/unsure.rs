//! Regions that somebody could not decide about.

use earmark_core::protocol::{Command, ProfileTarget, RegionState, Target, View};

use super::{ids, span, with_versions};

fn states(view: &View) -> Vec<RegionState> {
    view.results
        .regions
        .iter()
        .map(|region| region.state)
        .collect()
}

#[test]
fn the_last_word_about_a_region_counts_and_can_be_taken_back() {
    use RegionState::{Found, Negative, Positive, Unsure};

    let (session, filename, _) = with_versions();
    let regions = ids(&session.instance.view());
    let unsure = |index: usize| {
        let regions = vec![regions[index]];
        session
            .instance
            .send(session.instance.view().select(&regions).unsure());
    };
    session.instance.send(
        session
            .instance
            .view()
            .select(&[regions[0]])
            .positive("warble"),
    );
    session
        .instance
        .send(session.instance.view().select(&[regions[1]]).negative());
    session.wait_for("both kinds of mark", |view| {
        states(view) == [Positive, Negative, Found]
    });
    (0..3).for_each(unsure);
    let view = session.wait_for("three doubts", |view| states(view) == [Unsure; 3]);
    assert!(view.marks.negatives.is_empty());
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("marking 1 region as unsure")
    );
    let said = &view.health.status.as_ref().unwrap().text;
    assert!(said.contains("as unsure: kept out of training"), "{said}");

    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    session.wait_for("the negative again", |view| {
        states(view) == [Unsure, Negative, Found] && view.marks.negatives.len() == 1
    });
    session.instance.send(Command::Undo);
    session.wait_for("the example again", |view| {
        states(view) == [Positive, Negative, Found]
    });
    session.instance.send(Command::Redo);
    session.wait_for("the first doubt again", |view| {
        states(view) == [Unsure, Negative, Found]
    });

    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).negative());
    session.wait_for("a decision", |view| {
        states(view) == [Negative, Negative, Found]
    });
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(7.1, 8.0))
            .unsure(),
    );
    session.wait_for("a doubt by ear", |view| states(view)[2] == Unsure);
    unsure(2);
    session.wait_for("no doubt left", |view| states(view)[2] == Found);
}

#[test]
fn a_doubt_waits_for_a_locked_database_and_goes_with_its_profile() {
    let (session, _, _) = with_versions();
    let regions = ids(&session.instance.view());
    let other = rusqlite::Connection::open(session.folder().join("earmark.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    session
        .instance
        .send(session.instance.view().select(&regions[1..]).unsure());
    let view = session.wait_for("the doubts that wait", |view| view.health.waiting == 1);
    assert!(view.results.regions[1].waiting && !view.results.regions[0].waiting);
    other.execute_batch("COMMIT").unwrap();
    session.wait_for("the doubts", |view| {
        view.health.waiting == 0 && states(view)[1..] == [RegionState::Unsure; 2]
    });
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::Profile(ProfileTarget::CopyOf {
                from: String::from(super::PROFILE),
                to: String::from("copy"),
            })),
    );
    session.wait_for("the copy with its doubts", |view| {
        view.shown.profile == "copy" && states(view)[1..] == [RegionState::Unsure; 2]
    });
}
