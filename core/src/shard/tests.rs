//! Parts that all tasks agree on, plans that never change, and results that are whole or not there.

use std::collections::HashSet;
use std::num::NonZeroU32;

use proptest::prelude::*;

use super::part::{Weighed, effort, split};
use super::*;
use crate::library::audio_files::FoundAudio;
use crate::scan::{FittedEdges, ScoredSpan, WindowScores};
use crate::time::Span;

fn files(count: usize) -> Vec<FoundAudio> {
    let mut random = fastrand::Rng::with_seed(5);
    let file = |index: usize| FoundAudio {
        path: PathBuf::from(format!("/archive/{}/{index:05}.wav", index % 7)),
        size_bytes: random.u64(0..50_000_000),
        modified_ns: 1,
    };
    (0..count).map(file).collect()
}

fn sound() -> PlannedSound {
    PlannedSound {
        sound: "door".into(),
        model: "AISFX".into(),
        model_sha256: "ab".repeat(32),
        classifier: "cd".repeat(32),
        threshold: 0.5,
        fuse_gap_s: 0.2,
        min_length_s: 0.5,
    }
}

fn parts(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn planned(folder: &Path, files: &[FoundAudio], number: u32) -> Plans {
    let folder = ShardFolder::new(folder);
    folder.create().unwrap();
    Plans::write(
        &folder,
        &["/archive".into()],
        vec![sound()],
        files,
        parts(number),
    )
    .unwrap();
    Plans::open(&folder).unwrap()
}

fn part(text: &str) -> Part {
    let wanted: WantedPart = text.parse().unwrap();
    wanted.of_planned(4).unwrap()
}

#[test]
fn only_parts_that_there_can_be_are_understood() {
    assert_eq!(part(" 3/10 ").to_string(), "3/10");
    assert_eq!(part("1/1").index(), 0);
    assert_eq!(part("3").to_string(), "3/4");
    let beyond: WantedPart = "5".parse().unwrap();
    beyond.of_planned(4).unwrap_err();
    for text in [
        "",
        "0/4",
        "5/4",
        "1/0",
        "-1/4",
        "a/b",
        "1/2/3",
        "1/99999999",
        "1/1000001",
    ] {
        let said = text.parse::<WantedPart>().unwrap_err().to_string();
        assert!(said.contains("3/10"), "{said}");
    }
}

#[test]
fn every_file_is_in_one_part_and_parts_take_about_the_same_time() {
    let files = files(500);
    for number in [1, 2, 7, 60] {
        let weighed: Vec<Weighed> = files
            .iter()
            .map(|file| Weighed::new(&file.path, file.size_bytes))
            .collect();
        let part_of = split(&weighed, parts(number));
        assert_eq!(part_of.len(), files.len());
        let mut loads = vec![0; number as usize];
        for (file, part) in files.iter().zip(&part_of) {
            loads[*part as usize] += effort(&file.path, file.size_bytes);
        }
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(*most as f64 <= 1.05 * *least as f64, "{number}: {loads:?}");
    }
}

#[test]
fn tasks_of_any_number_of_parts_share_the_list_among_them() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(200);
    let mut plans = planned(folder.path(), &files, 3);
    let mut listed = Vec::new();
    plans
        .each(&mut |file| {
            listed.push(file.path);
            Ok::<(), PlanError>(())
        })
        .unwrap();
    let expected: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(listed, expected, "in the order of one computer");
    for number in [1, 3, 5, 300] {
        let mut all = Vec::new();
        for index in 1..=number {
            let ours = plans.part(part(&format!("{index}/{number}"))).unwrap();
            let places = ours
                .iter()
                .map(|file| expected.iter().position(|path| *path == file.path).unwrap());
            assert!(places.is_sorted());
            all.extend(ours.into_iter().map(|file| file.path));
        }
        assert_eq!(all.len(), files.len(), "{number}");
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), files.len());
    }
}

#[test]
fn the_first_plan_stands_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = planned(folder.path(), &files(20), 2).plan;
    assert_eq!(planned(folder.path(), &files(30), 4).plan, first);
    let shared = ShardFolder::new(folder.path());
    let whole = std::fs::read(shared.plan()).unwrap();
    for bytes in [
        &whole[..5],
        &whole[..whole.len() - 1],
        b"EARMARKL\xff\xff\xff\xff",
        b"{}",
    ] {
        std::fs::write(shared.plan(), bytes).unwrap();
        let refused = Plans::open(&shared).map(|plans| plans.plan);
        assert!(
            matches!(refused, Err(PlanError::Damaged { .. })),
            "{refused:?}"
        );
    }
    std::fs::remove_file(shared.plan()).unwrap();
    let refused = Plans::open(&shared).map(|plans| plans.plan).unwrap_err();
    assert!(refused.to_string().contains("--prepare"), "{refused}");
}

fn result() -> FileResult {
    let region = |start_s, score| ScoredSpan {
        span: Span::new(start_s, start_s + 0.75).unwrap(),
        score,
    };
    FileResult {
        file: ScannedFile {
            path: "/archive/a.wav".into(),
            real_path: "/disk/a.wav".into(),
            state: FileState {
                size_bytes: 1000,
                modified_ns: 5,
            },
            content: "1000:ab".into(),
            sounds: vec![sound(), sound()],
            losses: vec!["a frame".into()],
        },
        found: vec![
            Found {
                scores: WindowScores {
                    hop_s: 0.186,
                    window_s: 0.93,
                    scores: vec![0.25, 1.0, 0.0],
                    edges: FittedEdges::from_bytes(&[1, 2, 3, 4, 5, 6]),
                },
                regions: vec![region(1.0, 0.9), region(4.0, 0.5)],
            },
            Found {
                scores: WindowScores {
                    hop_s: 0.186,
                    window_s: 0.93,
                    ..WindowScores::default()
                },
                regions: Vec::new(),
            },
        ],
    }
}

#[test]
fn a_result_comes_back_as_it_was_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shared = ShardFolder::new(folder.path());
    let place = shared.result(Path::new("/archive/a.wav"));
    assert_eq!(FileResult::load(&place).unwrap(), None);
    let result = result();
    result.save(&place).unwrap();
    result.save(&place).unwrap();
    assert_eq!(FileResult::load(&place).unwrap(), Some(result.clone()));
    let bytes = result.to_bytes();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x10;
        FileResult::from_bytes(&other, &place).unwrap_err();
        FileResult::from_bytes(&bytes[..at], &place).unwrap_err();
    }
    // With a checksum that fits.
    let mut wrong = result.clone();
    wrong.found[0].scores.scores[0] = 7.0;
    FileResult::from_bytes(&wrong.to_bytes(), &place).unwrap_err();
    let mut wrong = result;
    wrong.found.pop();
    FileResult::from_bytes(&wrong.to_bytes(), &place).unwrap_err();
}

#[test]
fn the_newest_reason_of_a_failure_is_known_and_a_line_that_was_cut_short_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let shared = ShardFolder::new(folder.path());
    assert!(failures(&shared).unwrap().is_empty());
    shared.create().unwrap();
    for error in ["first", "second"] {
        let mut journal = Journal::create(&shared, part("2/3")).unwrap();
        let error = error.to_owned();
        journal.add("/a.wav", Outcome::Failed { error }).unwrap();
        let torn = std::fs::OpenOptions::new()
            .append(true)
            .open(journal.path());
        std::io::Write::write_all(&mut torn.unwrap(), b"{\"path\": \"/b").unwrap();
    }
    let failures = failures(&shared).unwrap();
    assert_eq!(failures.len(), 1);
    assert!(["first", "second"].contains(&failures["/a.wav"].as_str()));
}

proptest! {
    #[test]
    fn changes_of_a_result_behind_a_checksum_that_fits_are_refused_or_harmless(at in any::<proptest::sample::Index>(), change in 1_u8..) {
        let whole = result().to_bytes();
        let mut bytes = whole[..whole.len() - 4].to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        if let Ok(result) = FileResult::from_bytes(&bytes, Path::new("x")) {
            prop_assert_eq!(result.found.len(), result.file.sounds.len());
            for region in result.found.iter().flat_map(|found| &found.regions) {
                prop_assert!(region.span.end_s() >= region.span.start_s());
            }
        }
    }
}
