//! Disks that do not answer: marks and the removal of the plugin go on.

use super::*;
use crate::engine::coordinator::{DiskOf, InstanceToCoordinator};
use crate::protocol::{PlacedRecording, RegionState};
use crate::recording::Recording;

impl Project {
    /// Lets a disk hang until the sender that this returns is dropped.
    fn hang(&self, disk: DiskOf) -> crossbeam_channel::Sender<()> {
        let (answer, until) = crossbeam_channel::bounded(0);
        let message = InstanceToCoordinator::HangDisk(disk, until);
        self.first.coordinator.send(message).unwrap();
        answer
    }
}

fn mark_positive(instance: &Instance, take: &str, start_s: f64) {
    let place = instance.view().place_in(Some(take));
    let class = String::from("Clap");
    mark(instance, place, MarkKind::Positive { class }, start_s);
}

fn has_example(view: &View) -> bool {
    let mut regions = view.results.regions.iter();
    regions.any(|region| region.state == RegionState::Positive)
}

#[test]
fn a_look_that_hangs_holds_up_neither_marks_nor_the_removal_of_the_plugin() {
    let (project, take) = Project::begin_with_a_take();
    let answer = project.hang(DiskOf::Looks);
    mark_negative(&project.first, &take, 0.1);
    mark_positive(&project.first, &take, 0.5);
    wait_for(&project.first, "both marks", |view| {
        view.marks.negatives.len() == 1 && has_example(view) && view.health.waiting == 0
    });
    let store = project._folder.path().join("earmark.db");
    drop(project.second);
    drop(project.first);
    drop(project.engine);
    // The look still waits: a rendezvous finds it.
    answer.try_send(()).unwrap();
    let store = crate::store::StoreHandle::new(Some(store)).unwrap();
    let saved = store.with(|store| {
        let negatives = store.negatives("default", None)?;
        Ok((negatives.len(), store.clips("default", None)?))
    });
    let (negatives, clips) = saved.unwrap();
    assert_eq!((negatives, clips.len()), (1, 1));
    assert!(clips[0].output_path.is_file());
}

#[test]
fn a_clip_on_a_disk_that_hangs_holds_up_only_what_must_come_after_it() {
    let (project, take) = Project::begin_with_a_take();
    let answer = project.hang(DiskOf::Clips);
    mark_positive(&project.first, &take, 0.1);
    mark_negative(&project.first, &take, 0.5);
    let elsewhere = Place {
        recording: Some(PlacedRecording {
            recording: Recording::said("other.wav", &project._folder.path().join("other.wav")),
            start_s: 0.0,
            length_s: 10.0,
        }),
        ..project.second.view().place()
    };
    mark(&project.second, elsewhere, MarkKind::Negative, 1.0);
    let second = wait_for(&project.second, "its mark", |view| {
        view.marks.negatives.len() == 1
    });
    assert_eq!(second.marks.negatives[0].filename, "other.wav");
    let first = wait_for(&project.first, "what waits", |view| {
        view.health.waiting == 2
    });
    assert!(!has_example(&first), "no row without its file");
    // The other window's mark in the same recording is meant after the example.
    let same = project.first.view().place_in(Some(&take));
    mark(&project.second, same, MarkKind::Negative, 0.1);
    wait_for(&project.second, "its order", |view| {
        view.health.waiting == 1
    });

    drop(answer);
    for window in [&project.first, &project.second] {
        let view = wait_for(window, "all marks", |view| {
            view.marks.negatives.len() == 3 && view.health.waiting == 0
        });
        assert!(!has_example(&view), "the last word about a span counts");
    }
    project.first.send(Command::Undo);
    wait_for(&project.first, "the later of its marks", |view| {
        view.marks.negatives.len() == 2 && view.marks.undo.is_some()
    });
}
