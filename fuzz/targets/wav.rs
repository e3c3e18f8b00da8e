//! Headers of WAV, Broadcast WAV, RF64, BW64 and W64 files: reading, every channel, continuing as a take, copying with markers.
#![no_main]

use std::ops::ControlFlow;
use std::path::Path;

use earmark_core::audio::bwf::{BwfReader, BwfWriter};
use earmark_core::audio::{self, SampleSource};
use earmark_core::export::{Existing, ListedRegion, MarkedCopy, write_markers};
use earmark_core::time::Span;
use earmark_fuzz::file_of;
use libfuzzer_sys::{Corpus, fuzz_target};

/// Samples that are read at one place.
const READ: usize = 64;

// Earmark catches the panics of foreign decoders; libFuzzer would end at them. One that nobody catches still ends it.
fuzz_target!(init: std::panic::set_hook(Box::new(tell)), |bytes: &[u8]| -> Corpus {
    let is_wav = [b"RIFF", b"RF64", b"BW64", b"riff"]
        .iter()
        .any(|form| bytes.starts_with(*form));
    if !is_wav {
        return Corpus::Reject;
    }
    let path = file_of("sound.wav", bytes);
    if let Ok(mut source) = audio::open(&path) {
        check(source.as_mut(), bytes.len());
        mark(&path, bytes.len());
    }
    for source in audio::open_channels(&path).into_iter().flatten().take(4) {
        check(&mut *{ source }, bytes.len());
    }
    take(&path);
    Corpus::Keep
});

/// Only what this file checks: decoders may panic thousands of times.
fn tell(panic: &std::panic::PanicHookInfo<'_>) {
    if panic
        .location()
        .is_some_and(|place| place.file() == file!())
    {
        eprintln!("{panic}");
    }
}

/// No sample is longer than its file, and every one is a number.
fn check(source: &mut dyn SampleSource, file_bytes: usize) {
    let frames = source.frames();
    // Compressed formats put at most a few thousand frames into a byte; a header may not promise years of silence.
    assert!(frames <= 65_536 * file_bytes as u64, "{frames} frames");
    let end = i64::try_from(frames).expect("checked above");
    for start in [-7, 0, end / 2, end - 3, i64::MAX - 2] {
        let mut out = [f32::NAN; READ];
        if source.read_mono(start, &mut out).is_ok() {
            assert!(out.iter().all(|sample| sample.is_finite()));
        }
    }
    for loss in source.losses() {
        assert!(!loss.to_string().is_empty());
    }
    let _ = source.hints();
    let _ = source.time_reference();
}

/// What can be read can be copied with a marker, and the copy can be read.
fn mark(path: &Path, file_bytes: usize) {
    let copy = path.with_file_name("copy.wav");
    let region = ListedRegion {
        band: None,
        span: Span::new(0.0, 0.001).expect("a span"),
        score: 0.5,
        state: "found",
        class: "",
        note: "",
    };
    let asked = MarkedCopy {
        source: path,
        target: &copy,
        existing: Existing::Replace,
        regions: &[region],
        note: "fuzz",
    };
    if write_markers(&asked, &mut |_| ControlFlow::Continue(())).is_ok() {
        match audio::open(&copy) {
            Ok(mut source) => check(source.as_mut(), file_bytes + 4096),
            // A take is read even where its header contradicts itself, which no other reader would do; its copy is no take.
            Err(error) => {
                let is_take = BwfReader::open(path).is_ok_and(|reader| reader.is_own());
                assert!(is_take, "a copy of a readable file is readable: {error}");
            }
        }
    }
}

/// A file that says it is a take is continued as one, and what is appended is read back.
fn take(path: &Path) {
    let Ok(reader) = BwfReader::open(path) else {
        return;
    };
    let (before, channels) = (reader.frames(), usize::from(reader.channels()));
    let Ok(mut writer) = BwfWriter::reopen(path) else {
        return;
    };
    if channels > 64 {
        return;
    }
    let added = vec![0.25; 3 * channels];
    writer
        .write_at(before, &added)
        .expect("the folder can be written");
    drop(writer);
    let mut reader = BwfReader::open(path).expect("a continued take is readable");
    assert_eq!(reader.frames(), before + 3);
    let mut read = Vec::new();
    reader
        .read_frames(before, 3, &mut read)
        .expect("a continued take is readable");
    assert_eq!(read, added);
}
