//! Exports with a real database and real files.

use crate::protocol::{ClipChoices, Pieces};
use std::fs;

use super::*;
use crate::audio::bwf::{BwfReader, BwfWriter};
use crate::export::Formulas;
use crate::platform::odd_name;
use crate::protocol::{JobKind, RegionState};
use crate::store::RegionId;
use crate::time::{SampleIndex, Span};

const PROFILE: &str = "default";
/// As odd as the system lets names be.
const NAME: &str = match cfg!(windows) {
    true => "take, '1' Ω.wav",
    false => "take, \"1\" Ω.wav",
};

struct Room {
    folder: tempfile::TempDir,
    store: StoreHandle,
    job: JobControl,
}

impl Room {
    /// A room with a take of ten seconds.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let rate = SampleRate::new(8_000).unwrap();
        let path = folder.path().join(NAME);
        let mut take = BwfWriter::create(&path, rate, 2, SampleIndex(0), "x").unwrap();
        take.write_at(0, &[0.25; 160_000]).unwrap();
        drop(take);
        Self {
            folder,
            store,
            job: JobControl::new(JobKind::Exporting),
        }
    }

    fn job(&self, kind: ExportKind, to: &str, if_there: IfThere) -> ExportJob {
        let region = |start_s: f64, end_s: f64, class: Option<&str>| RegionView {
            class: class.map(str::to_owned),
            ..RegionView::found(Span::new(start_s, end_s).unwrap(), 0.9)
        };
        ExportJob {
            request: ExportRequest {
                choices: ExportChoices {
                    kind,
                    rejected: false,
                },
                regions: Chosen::All,
                to: self.folder.path().join(to),
                if_there,
            },
            profile: String::from(PROFILE),
            model: String::from("AISFX"),
            version: String::from("20260131_142233_000123"),
            recording: Recording {
                filename: String::from(NAME),
                path: self.folder.path().join(NAME),
            },
            timeline_start_s: 36_000.0,
            rate: SampleRate::new(8_000),
            regions: vec![
                region(1.0, 1.5, None),
                region(2.0, 5.0, Some("Tür")),
                region(6.0, 8.0, None),
            ],
        }
    }

    fn run(&self, kind: ExportKind, to: &str, if_there: IfThere) -> Result<Exported, EngineError> {
        self.job(kind, to, if_there).run(&self.store, &self.job)
    }

    fn clips(&self, choices: &ClipChoices, if_there: IfThere) -> ExportedClips {
        match self.run(ExportKind::Clips(choices.clone()), "clips", if_there) {
            Ok(Exported::Clips(clips)) => clips,
            other => panic!("{other:?}"),
        }
    }

    /// Below the clips' folder, sorted.
    fn files(&self) -> Vec<String> {
        let root = self.folder.path().join("clips");
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                    found.push(name.replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }
}

fn whole(class: &str, min_length_s: f64) -> ClipChoices {
    ClipChoices {
        class: class.to_owned(),
        min_length_s,
        pieces: None,
    }
}

#[test]
fn provisional_regions_come_along_in_order_and_rejected_ones_when_wanted() {
    use RegionState::{Disabled, Found, Negative, Provisional, Unsure};

    let shown: Vec<RegionView> = [Found, Disabled, Negative, Unsure, Provisional]
        .into_iter()
        .zip([9.0, 2.0, 3.0, 4.0, 1.0])
        .zip(1..)
        .map(|((state, start_s), id)| RegionView {
            id: (state != Provisional).then_some(RegionId(id).into()),
            state,
            ..RegionView::found(Span::new(start_s, start_s + 0.5).unwrap(), 0.5)
        })
        .collect();
    let states = |chosen: &Chosen, rejected| -> Vec<RegionState> {
        let regions = choose(&shown, chosen, rejected);
        regions.iter().map(|region| region.state).collect()
    };
    assert_eq!(states(&Chosen::All, false), [Provisional, Unsure, Found]);
    assert_eq!(states(&Chosen::All, true).len(), 5);
    let selected = Chosen::Only([2, 1].map(|id| RegionId(id).into()).to_vec());
    assert_eq!(states(&selected, false), [Found]);
    assert_eq!(states(&selected, true), [Disabled, Found]);
}

#[test]
fn a_list_is_asked_about_before_it_is_replaced_and_the_place_is_remembered() {
    let room = Room::new();
    for format in ListFormat::ALL {
        let kind = || ExportKind::List {
            format,
            times: Times::Project,
            formulas: Formulas::Disarmed,
        };
        let name = odd_name(&format!("list, \"{format:?}\" ö.{}", format.extension()));
        let path = room.folder.path().join(&name);
        let written = room.run(kind(), &name, IfThere::Ask).unwrap();
        assert_eq!(
            written.words(),
            format!("Wrote 3 regions to {}", path.display())
        );
        let before = fs::read(&path).unwrap();
        assert!(!before.is_empty());
        match room.run(kind(), &name, IfThere::Ask).unwrap() {
            Exported::Asked { there } => assert_eq!(there, [path.as_path()]),
            other => panic!("{other:?}"),
        }
        fs::write(&path, "mine").unwrap();
        room.run(kind(), &name, IfThere::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        let (folder, choices) = remembered(&room.store);
        assert_eq!(folder.as_deref(), Some(room.folder.path()));
        assert_eq!(choices.unwrap().kind, kind());
    }
}

#[test]
fn markers_go_into_a_copy_and_never_into_the_take() {
    let room = Room::new();
    room.run(ExportKind::Markers, "copy.wav", IfThere::Ask)
        .unwrap();
    let copy = room.folder.path().join("copy.wav");
    assert_eq!(BwfReader::open(&copy).unwrap().frames(), 80_000);
    let refused = room
        .run(ExportKind::Markers, NAME, IfThere::Replace)
        .unwrap_err();
    assert!(refused.to_string().contains("another name"), "{refused}");
}

#[test]
fn clips_lie_in_8_cuts_folders_and_their_rows_say_that_nobody_listened() {
    let room = Room::new();
    let done = room.clips(&whole("door", 1.0), IfThere::Ask);
    assert_eq!((done.added.len(), done.short, done.kept), (2, 1, 0));
    assert_eq!(
        room.files(),
        [
            "Tür/vid_001/clip_001_a1_0.wav",
            "door/vid_001/clip_001_a2_0.wav"
        ]
    );
    let rows = room
        .store
        .with(|store| store.clips_in(PROFILE, NAME))
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| row.scan_export && row.format == "WAV")
    );
    assert_eq!(rows[0].span, Span::new(2.0, 5.0).unwrap());
    let wav = hound::WavReader::open(&rows[0].output_path).unwrap();
    assert_eq!((wav.spec().channels, wav.duration()), (2, 24_000));
    // Training counts them only when it is told to, as 8-cut does.
    let classes = |scans| {
        room.store
            .with(|store| store.classes(PROFILE, scans))
            .unwrap()
    };
    assert_eq!((classes(false).len(), classes(true).len()), (0, 2));
}

#[test]
fn pieces_of_one_length_are_spread_over_each_region() {
    let room = Room::new();
    let choices = ClipChoices {
        class: String::from("door"),
        min_length_s: 0.0,
        pieces: Some(Pieces {
            length_s: 1.0,
            spread_s: 0.5,
        }),
    };
    let done = room.clips(&choices, IfThere::Ask);
    let starts: Vec<f64> = done.added.iter().map(|clip| clip.span.start_s()).collect();
    assert_eq!(starts, [2.0, 2.5, 3.0, 3.5, 4.0, 6.0, 6.5, 7.0]);
    assert_eq!(done.short, 1);
    assert_eq!(room.files()[4], "Tür/vid_001/clip_001_a1_4.wav");
    assert!(
        done.added
            .iter()
            .all(|clip| clip.video.spread_s.to_bits() == 0.5_f64.to_bits())
    );
}

#[test]
fn clips_that_are_there_are_asked_about_kept_or_written_anew() {
    let room = Room::new();
    let first = room.clips(&whole("door", 1.0), IfThere::Ask);
    let asked = room.run(ExportKind::Clips(whole("door", 0.0)), "clips", IfThere::Ask);
    match asked.unwrap() {
        Exported::Asked { there } => assert_eq!(there.len(), 2),
        other => panic!("{other:?}"),
    }
    assert_eq!(room.files().len(), 2);
    let more = room.clips(&whole("door", 0.0), IfThere::Keep);
    assert_eq!((more.added.len(), more.kept), (1, 2));
    assert_eq!(room.files().len(), 3);
    let spoilt = &first.added[0].output_path;
    fs::write(spoilt, "no sound").unwrap();
    let again = room.clips(&whole("door", 0.0), IfThere::Replace);
    assert_eq!((again.added.len(), again.replaced), (0, 3));
    assert_eq!(hound::WavReader::open(spoilt).unwrap().duration(), 24_000);
    assert_eq!(room.files().len(), 3);
    assert_eq!(
        again.words(),
        format!(
            "Wrote 3 clips to {}",
            room.folder.path().join("clips").display()
        )
    );
    let other_class = room.clips(&whole("gate", 1.0), IfThere::Keep);
    assert_eq!(
        room.files().last().unwrap(),
        "gate/vid_001/clip_001_a2_0.wav"
    );
    assert_eq!(other_class.kept, 1);
}

#[test]
fn a_cancelled_export_leaves_no_half_files_and_nothing_fitting_says_so() {
    let room = Room::new();
    let error = room.run(
        ExportKind::Clips(whole("door", 60.0)),
        "clips",
        IfThere::Ask,
    );
    assert!(matches!(error, Err(EngineError::NothingToExport)));
    let error = room.run(ExportKind::Clips(whole("", 0.0)), "clips", IfThere::Ask);
    assert!(matches!(error, Err(EngineError::ClassName(_))));
    room.job.cancel();
    for kind in [ExportKind::Clips(whole("door", 0.0)), ExportKind::Markers] {
        let error = room.run(kind, "clips", IfThere::Ask);
        assert!(matches!(error, Err(EngineError::Cancelled)));
    }
    assert!(!room.folder.path().join("clips").exists());
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;

    let room = Room::new();
    let locked = room.folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // Whoever may write everywhere is refused by a file in the way instead.
    let to = if fs::write(locked.join("probe"), "").is_ok() {
        "locked/probe/list.csv"
    } else {
        "locked/list.csv"
    };
    for kind in [
        ExportKind::List {
            format: ListFormat::Csv,
            times: Times::Take,
            formulas: Formulas::Disarmed,
        },
        ExportKind::Clips(whole("door", 0.0)),
    ] {
        let error = room.run(kind, to, IfThere::Ask).unwrap_err();
        assert!(error.to_string().contains("choose another"), "{error}");
    }
}

#[test]
fn a_path_that_begins_nowhere_is_refused_and_home_is_found() {
    assert!(whole_path(Path::new("lists/a.csv")).is_err());
    let home = whole_path(Path::new("~/a.csv")).unwrap();
    assert!(home.is_absolute() && home.ends_with("a.csv"));
}
