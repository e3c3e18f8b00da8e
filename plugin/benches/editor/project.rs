//! Ten hours of one track with a waveform, scores and as many regions as wanted, some of them judged.

use std::sync::Arc;

use earmark::editor::views::header::CaptureView;
use earmark_core::protocol::{
    HardNegative, MarksView, RegionState, RegionView, ResultsView, ScanVersion, ShownView,
    SourceView, StorageView, TabView, TakeView, VersionView, View, Waveform,
};
use earmark_core::scan::WindowScores;
use earmark_core::store::{NegativeId, RegionId};
use earmark_core::time::{SampleRate, Span};

pub const TAKE_S: f64 = 36_000.0;
const PEAK_S: f64 = 0.01;
const HOP_S: f64 = 0.186;

/// What the window draws.
pub struct Project {
    pub view: View,
    pub capture: CaptureView,
}

impl Project {
    pub fn new(regions: usize) -> Self {
        let timestamp = String::from("20260131_142203_000000");
        let view = View {
            revision: 1,
            source: SourceView {
                name: String::from("Dialogue 1"),
                takes: vec![TakeView {
                    filename: String::from("dialogue-1.wav"),
                    path: std::path::PathBuf::from("/takes/project.wav"),
                    start_s: 3600.0,
                    duration_s: TAKE_S,
                    rate: SampleRate::new(48_000).unwrap(),
                    is_file: false,
                    recording: false,
                    gaps: vec![Span::new(380.0, 395.0).unwrap()],
                }],
                ..SourceView::default()
            },
            shown: ShownView {
                profile: String::from("default"),
                take: Some(String::from("dialogue-1.wav")),
                model: String::from("AISFX"),
                version: Some(timestamp.clone()),
                threshold: 0.5,
                ..ShownView::default()
            },
            storage: StorageView {
                profiles: vec![String::from("default")],
                ..StorageView::default()
            },
            results: ResultsView {
                tabs: vec![TabView {
                    model: String::from("AISFX"),
                    regions,
                    version: Some(3),
                }],
                versions: vec![VersionView {
                    row: ScanVersion {
                        timestamp: timestamp.clone(),
                        number: 3,
                        regions,
                        best_score: Some(0.97),
                        classifier: Some(3),
                        classifier_id: None,
                        threshold: Some(0.5),
                        pinned: false,
                        source_path: None,
                    },
                    date: String::from("2026-01-31 14:22:03"),
                    kept_for_edits: false,
                    check: None,
                }],
                regions: Arc::new(all(regions)),
                scores: Some(Arc::new(scores())),
                waveform: Arc::new(waveform()),
                ..ResultsView::default()
            },
            marks: MarksView {
                negatives: Arc::new(negatives(regions)),
                ..MarksView::default()
            },
            ..View::default()
        };
        Self {
            view,
            capture: CaptureView {
                captured_s: TAKE_S,
                ..CaptureView::default()
            },
        }
    }

    /// What the engine does after a hard negative was removed: a new list.
    pub fn remove_negative(&mut self) {
        let mut negatives = self.view.marks.negatives.as_ref().clone();
        negatives.pop();
        self.view.marks.negatives = Arc::new(negatives);
        self.view.revision += 1;
    }

    /// What the engine does after a mark: a new list, in which one region is another's.
    pub fn mark(&mut self, index: usize) {
        let mut regions = self.view.results.regions.as_ref().clone();
        if let Some(region) = regions.get_mut(index) {
            region.state = RegionState::Negative;
        }
        self.view.results.regions = Arc::new(regions);
        self.view.revision += 1;
    }
}

fn negatives(count: usize) -> Vec<HardNegative> {
    (0..count)
        .map(|index| HardNegative {
            id: NegativeId(index as i64 + 1),
            profile: String::from("default"),
            source_path: None,
            filename: format!("Kitchen {}.wav", index % 50),
            start_s: TAKE_S * jitter(index),
            end_s: None,
            source_model: String::from(["AISFX", "HUBERT_XLARGE", ""][index % 3]),
            // The newest first, as the database lists them.
            created_at: format!("2026-01-{:02} 10:00:00", 28 - 28 * index / count),
        })
        .collect()
}

fn all(count: usize) -> Vec<RegionView> {
    use RegionState::{Disabled, Found, Negative, Positive, Unsure};

    let every_s = TAKE_S / count as f64;
    let states = [
        Found, Found, Positive, Found, Negative, Found, Unsure, Found, Found, Disabled,
    ];
    (0..count)
        .map(|index| {
            let start_s = every_s * (index as f64 + 0.2 * jitter(index));
            let state = states[index % states.len()];
            let span = Span::new(start_s, start_s + 0.2 + 0.5 * jitter(index + 7)).unwrap();
            RegionView {
                id: Some(RegionId(index as i64 + 1).into()),
                state,
                class: (state == Positive).then(|| String::from("door")),
                ..RegionView::found(span, (0.5 + 0.5 * jitter(index + 3)) as f32)
            }
        })
        .collect()
}

fn scores() -> WindowScores {
    let count = (TAKE_S / HOP_S) as usize;
    WindowScores {
        hop_s: HOP_S,
        window_s: 0.93,
        scores: (0..count)
            .map(|index| (jitter(index) * jitter(index / 40)) as f32)
            .collect(),
        ..WindowScores::default()
    }
}

fn waveform() -> Waveform {
    let count = (TAKE_S / PEAK_S) as usize;
    let peaks = (0..count).map(|index| {
        let peak = (jitter(index) * (0.3 + 0.7 * jitter(index / 300))) as f32;
        (-peak, peak)
    });
    Waveform::new(PEAK_S, peaks.collect())
}

/// Something between 0 and 1 that looks like nothing in particular.
fn jitter(index: usize) -> f64 {
    ((index.wrapping_mul(2_654_435_761)) % 1009) as f64 / 1009.0
}
