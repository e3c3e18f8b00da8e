//! Added to 0.9.0: what is dragged over a window and dropped on it, for egui.
//!
//! Called on the window's thread by [`EguiWindow`](crate::EguiWindow)'s events; reads no file by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use baseview::{DropData, DropEffect, EventStatus};
use egui::{DroppedFile, HoveredFile, RawInput};

/// A file on this computer, read when the app asks for it.
#[derive(Debug)]
struct LocalFile(PathBuf);

impl DroppedFile for LocalFile {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Something is dragged over the window. Says whether it may be dropped.
pub(crate) fn hover(data: &DropData, input: &mut RawInput) -> EventStatus {
    let paths = files(data);
    input.hovered_files = paths
        .iter()
        .map(|path| HoveredFile {
            path: Some(path.clone()),
            ..Default::default()
        })
        .collect();
    answer(paths)
}

/// The drag left the window or was given up.
pub(crate) fn leave(input: &mut RawInput) {
    input.hovered_files.clear();
}

/// Something was dropped. Says whether it was taken.
pub(crate) fn drop(data: &DropData, input: &mut RawInput) -> EventStatus {
    let paths = files(data);
    input.hovered_files.clear();
    let dropped = paths
        .iter()
        .map(|path| Arc::new(LocalFile(path.clone())) as _);
    // Two drops may come between two frames.
    input.dropped_files.extend(dropped);
    answer(paths)
}

fn files(data: &DropData) -> &[PathBuf] {
    match data {
        DropData::Files(paths) => paths,
        _ => &[],
    }
}

/// Files are read where they are, so the source keeps them.
fn answer(paths: &[PathBuf]) -> EventStatus {
    if paths.is_empty() {
        EventStatus::Ignored
    } else {
        EventStatus::AcceptDrop(DropEffect::Copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKEN: EventStatus = EventStatus::AcceptDrop(DropEffect::Copy);

    fn two_files() -> DropData {
        DropData::Files(
            ["/sounds/door.wav", "/sounds/more"]
                .map(PathBuf::from)
                .into(),
        )
    }

    #[test]
    fn files_over_the_window_are_shown_until_they_leave() {
        let mut input = RawInput::default();
        for _ in 0..2 {
            assert_eq!(hover(&two_files(), &mut input), TAKEN);
            assert_eq!(input.hovered_files.len(), 2);
        }
        let first = input.hovered_files[0].path.as_deref();
        assert_eq!(first, Some(Path::new("/sounds/door.wav")));
        leave(&mut input);
        assert!(input.hovered_files.is_empty() && input.dropped_files.is_empty());
    }

    #[test]
    fn a_drop_arrives_in_one_frame_and_nothing_hovers_any_more() {
        let mut input = RawInput::default();
        hover(&two_files(), &mut input);
        assert_eq!(drop(&two_files(), &mut input), TAKEN);
        let frame = input.take();
        let paths: Vec<_> = frame.dropped_files.iter().map(|file| file.path()).collect();
        assert_eq!(paths, ["/sounds/door.wav", "/sounds/more"].map(Path::new));
        assert!(frame.hovered_files.is_empty());
        assert!(input.take().dropped_files.is_empty());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let mut input = RawInput::default();
        assert_eq!(hover(&DropData::None, &mut input), EventStatus::Ignored);
        assert_eq!(drop(&DropData::None, &mut input), EventStatus::Ignored);
        assert!(input.hovered_files.is_empty() && input.dropped_files.is_empty());
    }

    #[test]
    fn a_dropped_file_is_read_when_the_app_asks() {
        let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let text = LocalFile(own).bytes().unwrap();
        assert!(text.starts_with(b"[package]"));
        let gone = LocalFile(PathBuf::from("/no/such/file"));
        assert!(gone.bytes().is_err());
    }
}
