//! The manifest as it stands in its JSON file: layouts 2 to 4, and layout 1 which becomes layout 2 when read. Layout 3 adds views,
//! layout 4 the peak of a window and what fills up a window that is too short.

use serde::{Deserialize, Serialize};

/// The newest layout of the manifest that this version of Earmark understands.
pub const FORMAT_VERSION: u32 = 4;

/// A manifest of layout 2 to 4, not yet checked. `docs/models.md` explains every field with examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Layout of this file: the [`FORMAT_VERSION`] of the program that wrote it.
    pub format_version: u32,
    /// Names the model in the database and on its tab: capitals, digits and underscores.
    pub key: String,
    /// The model's name for people.
    pub name: String,
    /// File name of the ONNX model, in the manifest's own folder.
    pub file: String,
    /// SHA-256 of the ONNX model in lower-case hexadecimal digits.
    pub sha256: String,
    /// Files beside the model that hold weights too large for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataFile>,
    /// Rate of the mono samples the model was trained on.
    pub sample_rate_hz: u32,
    /// How samples become the model's input.
    pub front_end: FrontEnd,
    /// Name of the ONNX input: the only one it has.
    pub input: String,
    /// Names of the ONNX outputs to read; several are combined. Empty where there are `views`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// How several outputs become one vector.
    #[serde(default)]
    pub combine: Combine,
    /// What an output holds.
    pub layout: Layout,
    /// Values in one vector of one output. 0 where there are `views`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dims: usize,
    /// Outputs that stand side by side in a vector, each scaled by itself before a classifier compares two vectors: several
    /// layers of one network, for example.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<View>,
    /// How a recording is cut into windows.
    pub windows: Windows,
    /// Whether each vector is scaled to length 1.
    #[serde(default)]
    pub l2_normalise: bool,
    /// Licence of the weights.
    pub licence: String,
    /// Who made the weights, in the words their licence asks for.
    pub attribution: String,
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}

impl ManifestFile {
    /// The outputs to read, and the values in one vector of each.
    pub(in crate::embed) fn read_outputs(&self) -> Vec<(&str, usize)> {
        let views = self
            .views
            .iter()
            .map(|view| (view.output.as_str(), view.dims));
        let outputs = self.outputs.iter().map(|name| (name.as_str(), self.dims));
        views.chain(outputs).collect()
    }

    /// Values in one vector of all outputs together.
    pub(in crate::embed) fn all_dims(&self) -> usize {
        let dims = self.read_outputs().into_iter().map(|(_, dims)| dims);
        match (self.views.as_slice(), self.combine) {
            ([], Combine::Mean) => self.dims,
            _ => dims.fold(0, usize::saturating_add),
        }
    }
}

/// One of several outputs that describe the same step, and how a classifier scales it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// What people call it.
    pub name: String,
    /// Name of the ONNX output.
    pub output: String,
    /// Values in one vector of it.
    pub dims: usize,
    /// What is done to each value before the view is scaled to unit length.
    #[serde(default)]
    pub compression: Compression,
}

/// What is done to each value of a view before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Nothing.
    None,
    /// The square root, with the sign of the value.
    #[default]
    SquareRoot,
}

/// A file of weights beside the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its name, in the manifest's own folder.
    pub file: String,
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
}

/// How samples become the model's input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FrontEnd {
    /// The samples themselves.
    Waveform(WaveformSettings),
    /// `log10(1 + gain * power) / divisor` of triangular mel bands; see [`LogMel`](crate::embed::LogMel).
    LogMel(LogMelSettings),
}

/// Settings of [`FrontEnd::Waveform`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveformSettings {
    /// The input is `[batch, 1, samples]` instead of `[batch, samples]`.
    #[serde(default)]
    pub channel_axis: bool,
    /// What is done to the samples of each run.
    #[serde(default)]
    pub normalise: Normalise,
}

/// What is done to the samples of one run of the model.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Normalise {
    /// Nothing: full scale is 1.
    #[default]
    None,
    /// `(x - mean) / sqrt(variance + 1e-5)`, as the larger wav2vec 2.0 and HuBERT models were trained.
    ZeroMeanUnitVariance,
    /// Every window is scaled so that its largest sample is `level`, as Perch was trained. Silence stays silence.
    Peak {
        /// The largest sample of a window, above 0 and at most 1.
        level: f64,
        /// Whether the mean of the window is taken off before.
        #[serde(default)]
        remove_mean: bool,
    },
}

/// Settings of [`FrontEnd::LogMel`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogMelSettings {
    /// Length of a frame in samples.
    pub fft: usize,
    /// Distance between frames in samples.
    pub hop: usize,
    /// Number of mel bands.
    pub bands: usize,
    /// Lower edge of the lowest band.
    pub min_hz: f64,
    /// Upper edge of the highest band, at most half the sample rate.
    pub max_hz: f64,
    /// Factor on the power before the logarithm.
    pub gain: f64,
    /// What the logarithm is divided by.
    pub divisor: f64,
}

/// How several outputs become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Their mean.
    #[default]
    Mean,
    /// One behind the other, in the order they are named.
    Concatenate,
}

/// What one output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layout {
    /// `[batch, dims]`: one vector for all that was heard.
    Vector,
    /// `[batch, frames, dims]`: vectors that follow each other in time.
    Frames {
        /// Samples from one frame to the next.
        hop_samples: usize,
        /// Samples that a frame is made from, at least its hop.
        cover_samples: usize,
        /// How frames become one vector.
        pooling: Pooling,
    },
}

/// How vectors that follow each other become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The maximum of each dimension.
    Max,
    /// The mean of each dimension.
    Mean,
}

/// How a recording is cut into the windows that a classifier scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Windows {
    /// Each window is a model run of its own, as in 8-cut.
    Independent {
        /// Length of a window.
        window_samples: usize,
        /// From one window to the next.
        hop_samples: usize,
        /// What fills up a window that reaches beyond the end of the recording.
        #[serde(default, skip_serializing_if = "Fill::is_silence")]
        fill: Fill,
    },
    /// A long stretch runs through the model once; frames are pooled into steps, and steps into overlapping windows.
    Pooled {
        /// Frames of the output that make one step.
        frames_per_step: usize,
        /// Steps on either side that are heard with a stretch for their influence and then left out.
        context_steps: usize,
        /// Steps in a stretch, for a network with attention, where every frame depends on all of them: stretches
        /// then lie on a fixed grid. Absent for a convolutional network, of which nothing reaches further than
        /// `context_steps`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stretch_steps: Option<usize>,
        /// Steps in one window.
        window_steps: usize,
        /// Steps in its middle whose vectors make that of the window; all of them if absent. What lies at its ends then only
        /// keeps hits apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pooled_steps: Option<usize>,
        /// How the steps of a window become one vector.
        pooling: Pooling,
    },
}

/// What fills up a window that reaches beyond the end of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Silence.
    #[default]
    Silence,
    /// The window's own sound again, as often as all of it fits, and then silence, as CLAP was trained.
    Repeat,
}

impl Fill {
    /// Silence is not written, so that an older manifest stays as it was.
    fn is_silence(&self) -> bool {
        *self == Self::Silence
    }
}

/// A manifest of layout 1: a log-mel front end and one convolutional time map.
#[derive(Deserialize)]
pub(super) struct FirstLayout {
    key: String,
    name: String,
    file: String,
    sha256: String,
    sample_rate_hz: u32,
    front_end: FrontEnd,
    input: String,
    output: String,
    dims: usize,
    frames_per_step: usize,
    context_steps: usize,
    window_steps: usize,
    pooling: Pooling,
    licence: String,
    attribution: String,
}

impl FirstLayout {
    /// The same in layout 2; the error says what cannot be said there.
    pub(super) fn into_second(self) -> Result<ManifestFile, String> {
        let FrontEnd::LogMel(settings) = self.front_end else {
            return Err("a waveform front_end needs format_version 2".into());
        };
        if !(1..=4_096).contains(&self.frames_per_step) {
            return Err("frames_per_step must be 1 to 4096".into());
        }
        let hop_samples = self.frames_per_step.saturating_mul(settings.hop);
        Ok(ManifestFile {
            format_version: 1,
            key: self.key,
            name: self.name,
            file: self.file,
            sha256: self.sha256,
            data: Vec::new(),
            sample_rate_hz: self.sample_rate_hz,
            front_end: self.front_end,
            input: self.input,
            outputs: vec![self.output],
            combine: Combine::Mean,
            layout: Layout::Frames {
                hop_samples,
                cover_samples: (hop_samples + settings.fft).saturating_sub(settings.hop),
                pooling: self.pooling,
            },
            dims: self.dims,
            views: Vec::new(),
            windows: Windows::Pooled {
                frames_per_step: 1,
                context_steps: self.context_steps,
                stretch_steps: None,
                window_steps: self.window_steps,
                pooled_steps: None,
                pooling: self.pooling,
            },
            l2_normalise: false,
            licence: self.licence,
            attribution: self.attribution,
        })
    }
}
