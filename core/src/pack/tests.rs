//! Packs that come back as they were, and packs that nobody should trust.

use super::*;
use std::ops::ControlFlow;

use crate::classifier::testing::World;
use crate::classifier::{FitSettings, fit};
use proptest::prelude::*;

fn classifier_bytes() -> Vec<u8> {
    let mut world = World::new(3, 12);
    let examples = world.examples(8, 30);
    let space = world.space(&[12]);
    let settings = FitSettings::default();
    let fitted = fit(&examples, &space, &settings, &mut |_| {
        ControlFlow::Continue(())
    });
    fitted.unwrap().to_bytes()
}

fn about() -> About {
    About {
        sound: "door".into(),
        classes: vec!["door".into()],
        negative_class: None,
        name: "doors of the attic".into(),
        author: "A. Person".into(),
        licence: "CC BY 4.0".into(),
        made_by: "Earmark 0.1.0".into(),
        version: 3,
        created_at: "2026-04-19 15:36:31".into(),
        training_s: 0.5,
        used_hard_negatives: true,
        background_margin_s: 0.0,
        model: ModelOfPack {
            key: "AISFX".into(),
            sha256: "ab".repeat(32),
            name: "aisfx".into(),
            licence: "CC BY 4.0".into(),
            attribution: "two people".into(),
        },
        threshold: 0.5,
        fuse_gap_s: 0.2,
        min_length_s: 0.5,
        history: vec![Ancestor {
            version: 2,
            created_at: String::new(),
            clips: 4,
            author: String::new(),
            licence: String::new(),
        }],
    }
}

fn pack() -> Pack {
    Pack::new(about(), classifier_bytes(), Path::new("x")).unwrap()
}

#[test]
fn a_pack_comes_back_as_it_was_and_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door.earmark");
    let pack = pack();
    pack.save(&path, Existing::Keep).unwrap();
    assert_eq!(Pack::load(&path).unwrap(), pack);
    let error = pack.save(&path, Existing::Keep).unwrap_err();
    assert!(matches!(error, PackError::Exists { .. }), "{error}");
    pack.save(&path, Existing::Replace).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_missing_or_huge_pack_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door.earmark");
    let refused = |bytes: Option<&[u8]>, words: &str| {
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).unwrap();
        }
        let said = Pack::load(&path).unwrap_err().to_string();
        assert!(said.contains(words) && said.contains(": "), "{said}");
    };
    refused(None, "there is no pack");
    refused(Some(b""), "another kind");
    refused(Some(b"RIFF....WAVE"), "another kind");
    let whole = pack().to_bytes();
    refused(Some(&whole[..whole.len() / 2]), "damaged");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(MOST_BYTES + 1).unwrap();
    refused(None, "larger than any pack");
    let without = FORMAT.write(&[(ABOUT, &serde_json::to_vec(&about()).unwrap())]);
    refused(Some(&without), "its classifier is missing");
    let deep = "[".repeat(100_000);
    refused(
        Some(&FORMAT.write(&[(ABOUT, deep.as_bytes()), (CLASSIFIER, &[])])),
        "damaged",
    );
    let about = serde_json::to_vec(&about()).unwrap();
    let other = FORMAT.write(&[(ABOUT, &about), (CLASSIFIER, b"EARMARKC\xff\xff")]);
    refused(Some(&other), "no classifier that can be used");
}

#[test]
fn examples_come_along_and_no_other_files_do() {
    let clip = |name: &str| PackClip::new("door", Path::new(name), vec![1, 2, 3]);
    let with = |clips| pack().with_clips(clips);
    let whole = with(vec![clip("a.WAV"), clip("b.flac")]).unwrap();
    let again = Pack::from_bytes(&whole.to_bytes(), Path::new("x")).unwrap();
    assert_eq!(again, whole);
    assert_eq!(again.clips()[0].ending, "wav");
    for name in ["a.exe", "a", "a.wav/../../b", "a.w\u{0}av"] {
        let bytes = with(vec![clip(name)]).unwrap().to_bytes();
        let refused = Pack::from_bytes(&bytes, Path::new("x")).unwrap_err();
        assert!(
            refused.to_string().contains("not an audio file"),
            "{name}: {refused}"
        );
    }
    let mut unnamed = clip("a.wav");
    unnamed.class = String::from("\n");
    let bytes = with(vec![unnamed]).unwrap().to_bytes();
    Pack::from_bytes(&bytes, Path::new("x")).unwrap_err();
    let many = with(vec![clip("a.wav"); MOST_CLIPS + 1]);
    assert!(matches!(many, Err(PackError::TooManyClips)));
}

#[test]
fn what_a_pack_says_of_itself_is_checked() {
    let wrong: [fn(&mut About); 9] = [
        |about| about.sound = String::from(" "),
        |about| about.sound = "x".repeat(5000),
        |about| about.author = String::from("a\nb\u{1b}[2J"),
        |about| about.classes.clear(),
        |about| about.threshold = f32::NAN,
        |about| about.min_length_s = 1e9,
        |about| about.model.sha256 = String::from("zz"),
        |about| about.model.key = String::new(),
        |about| about.history = vec![about.history[0].clone(); MOST_ANCESTORS + 1],
    ];
    for (index, change) in wrong.iter().enumerate() {
        let mut about = about();
        change(&mut about);
        let refused = Pack::new(about, classifier_bytes(), Path::new("x"));
        assert!(
            matches!(refused, Err(PackError::Limit { .. })),
            "{index}: {refused:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_change_of_a_packs_bytes_is_refused(at in any::<proptest::sample::Index>(), change in 1_u8..) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| pack().to_bytes());
        let mut bytes = WHOLE.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(Pack::from_bytes(&bytes, Path::new("x")).is_err());
    }

    #[test]
    fn changes_behind_a_checksum_that_fits_are_refused_or_harmless(at in any::<proptest::sample::Index>(), change in 1_u8..) {
        static BODY: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
            let bytes = pack().to_bytes();
            bytes[..bytes.len() - 4].to_vec()
        });
        let mut bytes = BODY.clone();
        let at = at.index(bytes.len().min(3000));
        bytes[at] ^= change;
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        if let Ok(pack) = Pack::from_bytes(&bytes, Path::new("x")) {
            let vectors = vec![0.5; pack.classifier().dims()];
            prop_assert_eq!(pack.classifier().predict(&vectors).len(), 1);
        }
    }
}
