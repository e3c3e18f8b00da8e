//! What Earmark exports is read back as it was, as far as the form can hold it.

use proptest::prelude::*;

use super::super::{Label, LabelFormat, LabelState, ProjectClock, read_labels};
use crate::export::{ClassName, Formulas, ListFormat, ListedRegion, RegionList, Times, write_list};
use crate::frequency::Band;
use crate::time::{SampleRate, Span};

const RATE_HZ: u32 = 48_000;

/// A region that owns its texts.
#[derive(Debug, Clone)]
struct Region {
    start_us: u32,
    length_us: u32,
    score: Option<u16>,
    state: &'static str,
    class: String,
    note: String,
    band_dhz: Option<(u32, u32)>,
}

impl Region {
    /// With times in whole `step_us` and scores in whole `score_step` ten-thousandths, as a form keeps them.
    fn listed(&self, step_us: u32, score_step: u16) -> ListedRegion<'_> {
        let seconds = |us: u32| f64::from(us / step_us * step_us) / 1e6;
        let start_s = seconds(self.start_us);
        ListedRegion {
            span: Span::new(start_s, start_s + seconds(self.length_us)).unwrap(),
            score: self.score.map_or(f32::NAN, |score| {
                (f64::from(score / score_step * score_step) / 1e4) as f32
            }),
            state: self.state,
            class: &self.class,
            note: &self.note,
            band: self.band_dhz.map(|(low, width)| {
                Band::new(f64::from(low) / 10.0, f64::from(low + width) / 10.0).unwrap()
            }),
        }
    }
}

/// A name that a class can have and that is not a state or a score to whoever reads a label.
fn class() -> impl Strategy<Value = String> {
    "[\\PC&&[^:]]{1,16}|[=+@'\"#;, a-z0-9.-]{1,10}".prop_filter("a class name", |name| {
        let is_class = ClassName::new(name).is_ok_and(|class| class.as_str() == name);
        let last = name.rsplit(' ').next().unwrap_or_default();
        is_class && LabelState::named(name).is_none() && last.len() != 4
    })
}

/// One line without blanks around it.
fn note() -> impl Strategy<Value = String> {
    "\\PC{0,30}|[=+@'\"#;,: a-z]{0,20}".prop_map(|note| note.trim().to_owned())
}

fn region() -> impl Strategy<Value = Region> {
    let state = prop_oneof![
        Just("found"),
        Just("positive"),
        Just("negative"),
        Just("unsure"),
        Just("disabled"),
        Just("note"),
    ];
    (
        (0..4_000_000_000_u32, 1..200_000_000_u32),
        proptest::option::of(0..=10_000_u16),
        (state, class(), note()),
        proptest::option::of((0..500_000_u32, 1..500_000_u32)),
    )
        .prop_map(
            |((start_us, length_us), score, (state, class, note), band_dhz)| Region {
                start_us,
                length_us,
                score,
                state,
                class: match state {
                    "positive" => class,
                    _ => String::new(),
                },
                note,
                band_dhz,
            },
        )
}

fn written(
    format: ListFormat,
    times: Times,
    regions: &[ListedRegion<'_>],
    filename: &str,
) -> Vec<u8> {
    let list = RegionList {
        filename,
        timeline_start_s: 3600.0,
        rate: SampleRate::new(RATE_HZ),
        model: "AISFX",
        version: "20250101_120000_000000",
        regions,
    };
    let mut bytes = Vec::new();
    write_list(format, times, Formulas::Disarmed, &list, &mut bytes).unwrap();
    bytes
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

/// Whether `label` is what was written of `region`.
fn check(
    label: &Label,
    region: &ListedRegion<'_>,
    offset_s: f64,
    band: Option<Band>,
) -> Result<(), TestCaseError> {
    prop_assert!(
        is_near(label.span.start_s(), region.span.start_s() + offset_s),
        "{label:?} {region:?}"
    );
    prop_assert!(
        is_near(label.span.end_s(), region.span.end_s() + offset_s),
        "{label:?} {region:?}"
    );
    let score = Some(region.score).filter(|score| score.is_finite());
    match (label.score, score) {
        (Some(read), Some(written)) => prop_assert!((read - written).abs() < 1e-4),
        (read, written) => prop_assert_eq!(read, written),
    }
    prop_assert_eq!(&label.class, region.class);
    prop_assert_eq!(&label.note, region.note);
    prop_assert_eq!(label.band, band);
    Ok(())
}

proptest! {
    #[test]
    fn a_table_comes_back_without_loss(
        regions in proptest::collection::vec(region(), 0..6),
        filename in "[=+'@ a-zä\",;]{1,12}",
    ) {
        let listed: Vec<_> = regions.iter().map(|region| region.listed(1, 1)).collect();
        for (times, offset_s) in [(Times::Take, 0.0), (Times::Project, 3600.0)] {
            let bytes = written(ListFormat::Csv, times, &listed, &filename);
            let file = read_labels(&bytes, &ProjectClock::default()).unwrap();
            prop_assert_eq!(&file.faults, &[]);
            prop_assert_eq!(file.format, LabelFormat::Earmark);
            prop_assert_eq!(file.labels.len(), listed.len());
            for (label, region) in file.labels.iter().zip(&listed) {
                check(label, region, offset_s, region.band)?;
                prop_assert_eq!(label.state, LabelState::named(region.state));
                if !filename.trim().is_empty() {
                    prop_assert_eq!(label.recording.as_deref(), Some(filename.as_str()));
                }
            }
        }
    }

    #[test]
    fn json_comes_back_without_loss_and_counts_from_the_recording(
        regions in proptest::collection::vec(region(), 0..6),
        filename in "\\PC{1,12}",
    ) {
        let listed: Vec<_> = regions.iter().map(|region| region.listed(1, 1)).collect();
        for times in [Times::Take, Times::Project] {
            let bytes = written(ListFormat::Json, times, &listed, &filename);
            let file = read_labels(&bytes, &ProjectClock::default()).unwrap();
            prop_assert_eq!(&file.faults, &[]);
            prop_assert_eq!((file.format, file.times), (LabelFormat::Json, Some(Times::Take)));
            prop_assert_eq!(file.labels.len(), listed.len());
            for (label, region) in file.labels.iter().zip(&listed) {
                check(label, region, 0.0, region.band)?;
                prop_assert_eq!(label.state, LabelState::named(region.state));
                prop_assert_eq!(label.recording.as_deref(), Some(filename.as_str()));
            }
        }
    }

    #[test]
    fn a_selection_table_comes_back_with_a_box_for_every_region(
        regions in proptest::collection::vec(region(), 0..6),
    ) {
        let listed: Vec<_> = regions.iter().map(|region| region.listed(1, 1)).collect();
        let bytes = written(ListFormat::Raven, Times::Project, &listed, "take 1.wav");
        let file = read_labels(&bytes, &ProjectClock::default()).unwrap();
        prop_assert_eq!(&file.faults, &[]);
        prop_assert_eq!((file.format, file.times), (LabelFormat::Raven, Some(Times::Take)));
        prop_assert_eq!(file.labels.len(), listed.len());
        let whole = Band::new(0.0, f64::from(RATE_HZ) / 2.0).unwrap();
        for (label, region) in file.labels.iter().zip(&listed) {
            check(label, region, 0.0, Some(region.band.unwrap_or(whole)))?;
            prop_assert_eq!(label.state, LabelState::named(region.state));
            prop_assert_eq!(label.recording.as_deref(), Some("take 1.wav"));
        }
    }

    #[test]
    fn a_label_track_comes_back_with_its_frequencies_and_notes(
        regions in proptest::collection::vec(region(), 1..6),
    ) {
        let listed: Vec<_> = regions.iter().map(|region| region.listed(1, 100)).collect();
        let bytes = written(ListFormat::Audacity, Times::Take, &listed, "");
        let file = read_labels(&bytes, &ProjectClock::default()).unwrap();
        prop_assert_eq!(&file.faults, &[]);
        prop_assert_eq!(file.format, LabelFormat::Audacity);
        prop_assert_eq!(file.labels.len(), listed.len());
        for (label, region) in file.labels.iter().zip(&listed) {
            check(label, region, 0.0, region.band)?;
        }
    }

    #[test]
    fn regions_of_reaper_come_back_to_the_millisecond(
        regions in proptest::collection::vec(region(), 0..6),
    ) {
        let listed: Vec<_> = regions.iter().map(|region| region.listed(1_000, 100)).collect();
        for (times, offset_s) in [(Times::Take, 0.0), (Times::Project, 3600.0)] {
            let bytes = written(ListFormat::Reaper, times, &listed, "");
            let file = read_labels(&bytes, &ProjectClock::default()).unwrap();
            prop_assert_eq!(&file.faults, &[]);
            prop_assert_eq!(file.format, LabelFormat::Reaper);
            prop_assert_eq!(file.labels.len(), listed.len());
            for (label, region) in file.labels.iter().zip(&listed) {
                check(label, region, offset_s, None)?;
            }
        }
    }
}
