//! The window driven as a person drives it: by mouse and keyboard, found by the names a screen reader would read.

mod audition;
mod balanced;
mod export;
mod files;
mod idle;
mod import;
mod layout;
mod library;
mod manners;
mod marks;
mod names;
mod negatives;
mod noting;
mod output;
mod packs;
mod painter;
mod profiles;
mod recall;
mod results;
mod review;
mod settings;
mod similar;
mod snapshots;
mod spectrogram;
mod storage;
mod texts;
mod timeline;
mod timeline_edges;
mod timeline_zoom;
mod train_choices;
mod training;
mod versions;
mod watching;

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::protocol::{
    Band, ClassStats, ClassifierView, Command, Counts, HardNegative, LearningView, MarksView,
    Metrics, RegionState, RegionView, ResultsView, ScanVersion, SearchedPlace, Show, ShownView,
    SourceView, SpectrogramLook, StorageView, TabView, TakeView, Target, TrainRequest, VersionView,
    View, Waveform,
};
use earmark_core::scan::WindowScores;
use earmark_core::settings::Look;
use earmark_core::store::{NegativeId, RegionId};
use earmark_core::time::{SampleRate, Span};
use egui_kittest::Harness;

use super::action::Outgoing;
use super::frame::FrameState;
use super::shell::Shell;
use super::theme;
use super::views::header::CaptureView;
use crate::params::{OutputParams, OutputValues};
use crate::review::{ReviewOrder, StateFilter};
use crate::state::ReviewSettings;
use crate::timecode::{Tempo, TimeFormat};

/// A window without a host, and what it asked for.
pub struct TestWindow {
    pub view: View,
    pub threshold: f32,
    pub last_class: String,
    pub capture: Option<CaptureView>,
    pub review: ReviewSettings,
    pub order: ReviewOrder,
    pub filter: StateFilter,
    pub listed_sound: Option<String>,
    pub similar_place: SearchedPlace,
    pub time_format: TimeFormat,
    pub spectrogram: bool,
    pub spectrogram_look: SpectrogramLook,
    pub frequencies: Option<Band>,
    pub tempo: Option<Tempo>,
    pub auditioned_s: Option<f64>,
    pub output: OutputValues,
    pub look: Look,
    pub sent: Vec<Outgoing>,
    shell: Shell,
}

impl TestWindow {
    pub fn new(view: View) -> Self {
        Self {
            view,
            threshold: 0.5,
            last_class: String::new(),
            capture: Some(CaptureView {
                captured_s: 761.0,
                rolling: true,
                playhead_s: Some(3624.0),
                ..CaptureView::default()
            }),
            // As most tests press several keys on one region.
            review: ReviewSettings {
                advances: false,
                ..ReviewSettings::default()
            },
            order: ReviewOrder::default(),
            filter: StateFilter::default(),
            listed_sound: None,
            similar_place: SearchedPlace::default(),
            time_format: TimeFormat::default(),
            spectrogram: false,
            spectrogram_look: SpectrogramLook::default(),
            frequencies: None,
            tempo: None,
            auditioned_s: None,
            output: OutputParams::default().values(),
            look: Look::default(),
            sent: Vec::new(),
            shell: Shell::default(),
        }
    }

    /// The host's transport stands.
    pub fn stopped(view: View) -> Self {
        let mut opened = Self::new(view);
        if let Some(capture) = &mut opened.capture {
            capture.rolling = false;
        }
        opened
    }

    /// Whether the window would keep Space from the host.
    pub fn takes_space(&self) -> bool {
        self.shell.takes_space()
    }

    /// The commands sent so far, without what went to the host and without what the Train panel asks to be counted.
    pub fn commands(&self) -> Vec<Command> {
        self.all_commands()
            .filter(|command| !matches!(command, Command::Show(Show::TrainingCounts(_))))
            .cloned()
            .collect()
    }

    /// The states that the window has asked for so far.
    pub fn targets(&self) -> Vec<Target> {
        let commands = self.all_commands();
        let targets = commands.filter_map(|command| match command {
            Command::Change(change) => Some(change.parts()),
            _ => None,
        });
        let parts = targets.flatten();
        parts.map(|part| part.target.clone()).collect()
    }

    /// What the Train panel has asked to be counted so far.
    pub fn considered(&self) -> Vec<Option<TrainRequest>> {
        self.all_commands()
            .filter_map(|command| match command {
                Command::Show(Show::TrainingCounts(request)) => Some(request.clone()),
                _ => None,
            })
            .collect()
    }

    fn all_commands(&self) -> impl Iterator<Item = &Command> {
        self.sent.iter().filter_map(|outgoing| match outgoing {
            Outgoing::Command(command) => Some(command),
            _ => None,
        })
    }
}

/// Opens a window on `opened`.
pub fn open(opened: TestWindow) -> Harness<'static, TestWindow> {
    Harness::builder()
        .with_size(egui::vec2(1040.0, 680.0))
        .with_context_setup(theme::apply)
        .build_ui_state(draw, opened)
}

/// One frame of the window, and what it keeps of what it is asked.
fn draw(ui: &mut egui::Ui, opened: &mut TestWindow) {
    theme::set_look(opened.look);
    let frame = FrameState {
        view: &opened.view,
        capture: opened.capture,
        threshold: opened.threshold,
        listening: true,
        output: opened.output,
        last_class: &opened.last_class,
        review: opened.review,
        order: opened.order,
        filter: opened.filter,
        listed_sound: opened.listed_sound.as_deref(),
        similar_place: opened.similar_place,
        time_format: opened.time_format,
        spectrogram: opened.spectrogram,
        spectrogram_look: opened.spectrogram_look,
        frequencies: opened.frequencies,
        tempo: opened.tempo,
        auditioned_s: opened.auditioned_s,
    };
    let outgoing = opened.shell.ui(ui, &frame);
    for one in &outgoing {
        match one {
            Outgoing::LastClass(class) => opened.last_class.clone_from(class),
            Outgoing::Threshold(threshold) => opened.threshold = *threshold,
            Outgoing::Review(settings) => opened.review = *settings,
            Outgoing::ReviewOrder(order) => opened.order = *order,
            Outgoing::StateFilter(filter) => opened.filter = *filter,
            Outgoing::ListedSound(sound) => opened.listed_sound.clone_from(sound),
            Outgoing::SimilarPlace(place) => opened.similar_place = *place,
            Outgoing::TimeFormat(format) => opened.time_format = *format,
            Outgoing::Spectrogram(wanted) => opened.spectrogram = *wanted,
            Outgoing::Frequencies(band) => opened.frequencies = *band,
            Outgoing::Output(values) => opened.output = *values,
            _ => {}
        }
    }
    opened.sent.extend(outgoing);
}

/// A view of a source that was played, trained on and scanned: three versions, eight regions, some judged.
pub fn reviewed() -> View {
    use RegionState::{Disabled, Found, Negative, Positive};

    let states = [
        Found, Positive, Found, Negative, Found, Disabled, Found, Found,
    ];
    let regions = states
        .into_iter()
        .enumerate()
        .map(|(index, state)| {
            let start_s = 4.0 + 6.5 * index as f64;
            let span = Span::new(start_s, start_s + 0.93).unwrap();
            RegionView {
                id: Some(RegionId(index as i64 + 1).into()),
                state,
                class: (state == Positive).then(|| String::from("door")),
                ..RegionView::found(span, 0.97 - 0.05 * index as f32)
            }
        })
        .collect();
    let version = |number: u32| VersionView {
        row: ScanVersion {
            timestamp: format!("20260131_1422{number:02}_000000"),
            number,
            regions: 8,
            best_score: Some(0.97),
            classifier: Some(number),
            classifier_id: None,
            threshold: Some(0.5),
            pinned: number == 1,
            source_path: None,
        },
        date: format!("2026-01-31 14:22:{number:02}"),
        kept_for_edits: false,
        check: None,
    };
    View {
        revision: 1,
        source: SourceView {
            name: String::from("Dialogue 1"),
            takes: vec![TakeView {
                filename: String::from("dialogue-1.wav"),
                path: PathBuf::from("/takes/dialogue-1.wav"),
                start_s: 3600.0,
                duration_s: 60.0,
                rate: SampleRate::new(48_000).unwrap(),
                is_file: false,
                recording: true,
                gaps: vec![Span::new(38.0, 39.5).unwrap()],
            }],
            ..SourceView::default()
        },
        shown: ShownView {
            profile: String::from("default"),
            take: Some(String::from("dialogue-1.wav")),
            model: String::from("AISFX"),
            version: Some(String::from("20260131_142203_000000")),
            threshold: 0.5,
            ..ShownView::default()
        },
        storage: StorageView {
            profiles: vec![String::from("default"), String::from("foley")],
            ..StorageView::default()
        },
        results: ResultsView {
            tabs: vec![
                TabView {
                    model: String::from("AISFX"),
                    regions: 12,
                    version: Some(3),
                },
                TabView {
                    model: String::from("HUBERT_XLARGE"),
                    regions: 9,
                    version: Some(1),
                },
            ],
            versions: vec![version(3), version(2), version(1)],
            regions: Arc::new(regions),
            scores: Some(Arc::new(scores())),
            waveform: Arc::new(waveform()),
            ..ResultsView::default()
        },
        marks: MarksView {
            classes: classes(),
            negatives: Arc::new(negatives()),
            undo: Some(String::from("mark 1 region as negative")),
            since_training: 3,
            ..MarksView::default()
        },
        learning: LearningView {
            classifiers: vec![classifier(3), classifier(2)],
            ..LearningView::default()
        },
        ..View::default()
    }
}

fn classes() -> Vec<ClassStats> {
    vec![
        ClassStats {
            name: String::from("door"),
            files: 2,
            clips: 12,
        },
        ClassStats {
            name: String::from("footstep"),
            files: 1,
            clips: 4,
        },
    ]
}

fn negatives() -> Vec<HardNegative> {
    let negative = |id: i64, filename: &str, source_model: &str| HardNegative {
        id: NegativeId(id),
        profile: String::from("default"),
        source_path: None,
        filename: filename.to_owned(),
        start_s: 10.0 * id as f64,
        end_s: Some(10.0 * id as f64 + 0.93),
        source_model: source_model.to_owned(),
        created_at: format!("2026-01-{:02} 10:00:00", 20 - id),
    };
    vec![
        negative(1, "dialogue-1.wav", "AISFX"),
        negative(2, "dialogue-1.wav", "AISFX"),
        negative(3, "kitchen.wav", "HUBERT_XLARGE"),
        negative(4, "old.wav", ""),
    ]
}

fn classifier(version: u32) -> ClassifierView {
    ClassifierView {
        version,
        name: String::new(),
        created_at: format!("2026-01-31 14:22:{version:02}"),
        classes: vec![String::from("door")],
        negative_class: None,
        used_hard_negatives: true,
        background_margin_s: Some(0.0),
        counts: Counts {
            clips: 12,
            hard_negatives: 4,
            background: 300,
            ..Counts::default()
        },
        metrics: Some(Metrics {
            folds: 5,
            average_precision: 0.81,
            best_f1: 0.77,
            best_f1_threshold: 0.42,
            precision_at_half_recall: 0.9,
            curve: Vec::new(),
        }),
        seconds: 0.4,
        copy_of: None,
        check: None,
        notes: Vec::new(),
    }
}

/// One hump per region over a floor, with a stretch that was never scored.
fn scores() -> WindowScores {
    let hop_s = 0.186;
    let scores = (0..320)
        .map(|index| {
            let time_s = f64::from(index) * hop_s;
            if (37.5..39.5).contains(&time_s) {
                return f32::NAN;
            }
            let nearest = (0..8)
                .map(|region| (time_s - (4.0 + 6.5 * f64::from(region))).abs())
                .fold(f64::MAX, f64::min);
            (0.12 + 0.8 * (-nearest * nearest * 2.0).exp()) as f32
        })
        .collect();
    WindowScores {
        hop_s,
        window_s: 0.93,
        scores,
        ..WindowScores::default()
    }
}

fn waveform() -> Waveform {
    let seconds_per_peak = 0.02;
    let peaks = (0..3000)
        .map(|index| {
            let time_s = f64::from(index) * seconds_per_peak;
            let swell = 0.25 + 0.2 * (time_s * 0.7).sin();
            let burst = if (time_s - 4.0).rem_euclid(6.5) < 0.93 {
                0.45
            } else {
                0.0
            };
            let jitter = 0.5 + 0.5 * f64::from((index * 7919) % 101) / 101.0;
            let peak = ((swell + burst) * jitter) as f32;
            (-peak, peak)
        })
        .collect();
    Waveform::new(seconds_per_peak, peaks)
}
