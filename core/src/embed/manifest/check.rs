//! The values that a manifest may have. Pure; each error names the field and its range.

use std::collections::HashSet;
use std::path::Path;

use super::{Combine, Fill, FrontEnd, Layout, ManifestFile, Normalise, WaveformSettings, Windows};
use crate::embed::LogMel;
use crate::time::SampleRate;

/// The longest that one run of a model may hear: a network with attention takes memory by the square of it.
const LONGEST_RUN_S: usize = 120;
/// The shortest step: an hour has more than enough of them then.
const STEPS_PER_SECOND: usize = 100;
/// The most values that a vector may have: a training holds thousands of vectors.
const MOST_DIMS: usize = 16_384;
/// The most views of a model.
const MOST_VIEWS: usize = 16;
/// The most values that a second of sound may become: an hour of embeddings takes 1.9 GB then.
const MOST_VALUES_PER_SECOND: usize = 1 << 18;

fn require(condition: bool, what: &str) -> Result<(), String> {
    if condition {
        Ok(())
    } else {
        Err(what.to_owned())
    }
}

/// Checks every field of `file`; gives its sample rate.
pub(super) fn check(file: &ManifestFile) -> Result<SampleRate, String> {
    check_names(file)?;
    require(
        (1_000..=1_000_000).contains(&file.sample_rate_hz),
        "sample_rate_hz must be 1000 to 1000000",
    )?;
    let rate = SampleRate::new(file.sample_rate_hz).ok_or("sample_rate_hz must not be 0")?;
    if let FrontEnd::LogMel(settings) = file.front_end {
        LogMel::new(&settings, rate)?;
    }
    let second = file.sample_rate_hz as usize;
    let longest = second * LONGEST_RUN_S;
    if let Layout::Frames {
        hop_samples,
        cover_samples,
        ..
    } = file.layout
    {
        require(
            (1..=longest).contains(&hop_samples),
            "layout.hop_samples must be 1 to 120 seconds",
        )?;
        require(
            (hop_samples..=longest).contains(&cover_samples),
            "layout.cover_samples must be layout.hop_samples to 120 seconds",
        )?;
    }
    match file.windows {
        Windows::Independent {
            window_samples,
            hop_samples,
            ..
        } => {
            require(
                (1..=longest).contains(&window_samples),
                "windows.window_samples must be 1 to 120 seconds",
            )?;
            require(
                (second / STEPS_PER_SECOND..=window_samples).contains(&hop_samples),
                "windows.hop_samples must be a hundredth of a second to window_samples",
            )?;
            require(
                window_samples >= shortest_run(file),
                "windows.window_samples must hold a frame of the front end and of the output",
            )?;
        }
        Windows::Pooled { .. } => check_pooled(file, second)?,
    }
    check_size(file)?;
    check_each_window(file)?;
    Ok(rate)
}

/// What layout 4 says of each window by itself.
fn check_each_window(file: &ManifestFile) -> Result<(), String> {
    let peak = match file.front_end {
        FrontEnd::Waveform(WaveformSettings {
            normalise: Normalise::Peak { level, .. },
            ..
        }) => Some(level),
        _ => None,
    };
    let repeats = matches!(
        file.windows,
        Windows::Independent {
            fill: Fill::Repeat,
            ..
        }
    );
    require(
        file.format_version >= 4 || (peak.is_none() && !repeats),
        "front_end.normalise with a peak, and windows.fill, need format_version 4",
    )?;
    let Some(level) = peak else {
        return Ok(());
    };
    require(
        level > 0.0 && level <= 1.0,
        "front_end.normalise.peak.level must be above 0 and at most 1",
    )?;
    require(
        matches!(file.windows, Windows::Independent { .. }),
        "front_end.normalise with a peak scales every window by itself, and pooled windows share what they hear: \
         use windows of the kind independent",
    )
}

fn check_names(file: &ManifestFile) -> Result<(), String> {
    let key_character = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    require(
        (1..=64).contains(&file.key.len()) && file.key.chars().all(key_character),
        "key must be 1 to 64 capitals, digits and underscores",
    )?;
    require(
        is_bare(&file.file),
        "file must be a file name without a folder",
    )?;
    require(
        is_checksum(&file.sha256),
        "sha256 must be 64 hexadecimal digits",
    )?;
    let mut names = HashSet::from([file.file.as_str()]);
    for data in &file.data {
        require(
            is_bare(&data.file) && names.insert(&data.file),
            "data.file must be a file name without a folder, each another one",
        )?;
        require(
            is_checksum(&data.sha256),
            "data.sha256 must be 64 hexadecimal digits",
        )?;
    }
    require(!file.input.is_empty(), "input must be named")?;
    check_outputs(file)
}

fn check_outputs(file: &ManifestFile) -> Result<(), String> {
    let outputs = file.read_outputs();
    let names = outputs.iter().map(|(name, _)| *name);
    let are_names = |names: &[&str]| {
        let distinct: HashSet<_> = names.iter().collect();
        distinct.len() == names.len() && names.iter().all(|name| !name.is_empty())
    };
    require(
        (1..=64).contains(&outputs.len()) && are_names(&names.collect::<Vec<_>>()),
        "outputs (or those of the views) must be 1 to 64 different names",
    )?;
    let dims = outputs.iter().map(|(_, dims)| *dims);
    require(
        dims.clone().all(|dims| dims > 0) && dims.fold(0, usize::saturating_add) <= MOST_DIMS,
        "dims must be 1 to 16384, times the outputs",
    )?;
    if file.views.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = file.views.iter().map(|view| view.name.as_str()).collect();
    require(
        file.format_version >= 3 && file.views.len() <= MOST_VIEWS && are_names(&names),
        "views need format_version 3, and must be 1 to 16 with different names",
    )?;
    require(
        file.outputs.is_empty() && file.dims == 0 && file.combine == Combine::default(),
        "views stand in the place of outputs, combine and dims: leave these out",
    )
}

/// Whether an hour of the embeddings fits into memory. The hops were checked before.
fn check_size(file: &ManifestFile) -> Result<(), String> {
    let step_samples = match (file.windows, file.layout) {
        (Windows::Independent { hop_samples, .. }, _) => hop_samples,
        (
            Windows::Pooled {
                frames_per_step, ..
            },
            Layout::Frames { hop_samples, .. },
        ) => frames_per_step.saturating_mul(hop_samples),
        (Windows::Pooled { .. }, Layout::Vector) => return Ok(()),
    };
    let values = file.all_dims().saturating_mul(file.sample_rate_hz as usize);
    require(
        values <= step_samples.saturating_mul(MOST_VALUES_PER_SECOND),
        "dims (times the outputs, if they are concatenated) must make at most 262144 values of a second of sound: use longer steps or fewer outputs",
    )
}

fn check_pooled(file: &ManifestFile, second: usize) -> Result<(), String> {
    let Windows::Pooled {
        frames_per_step,
        context_steps,
        stretch_steps,
        window_steps,
        pooled_steps,
        ..
    } = file.windows
    else {
        return Ok(());
    };
    let Layout::Frames {
        hop_samples,
        cover_samples,
        ..
    } = file.layout
    else {
        return Err("windows can be pooled only where layout is frames".into());
    };
    require(
        (1..=4_096).contains(&frames_per_step),
        "windows.frames_per_step must be 1 to 4096",
    )?;
    require(
        context_steps <= 1_024,
        "windows.context_steps must be at most 1024",
    )?;
    require(
        (1..=4_096).contains(&window_steps),
        "windows.window_steps must be 1 to 4096",
    )?;
    let pooled = pooled_steps.unwrap_or(window_steps);
    require(
        (1..=window_steps).contains(&pooled) && (window_steps - pooled).is_multiple_of(2),
        "windows.pooled_steps must be 1 to window_steps, and leave as many steps before as behind",
    )?;
    let stretch = stretch_steps.unwrap_or(1);
    require(
        (1..=4_096).contains(&stretch),
        "windows.stretch_steps must be 1 to 4096",
    )?;
    let step = frames_per_step.saturating_mul(hop_samples);
    require(
        step >= second / STEPS_PER_SECOND,
        "frames_per_step must make a step of a hundredth of a second or more",
    )?;
    require(
        step.saturating_mul(stretch + 2 * context_steps) <= second * LONGEST_RUN_S,
        "context_steps and stretch_steps must stay within 120 seconds",
    )?;
    require(
        step.saturating_mul(window_steps) <= second * LONGEST_RUN_S,
        "window_steps must stay within 120 seconds",
    )?;
    if let FrontEnd::LogMel(settings) = file.front_end {
        let inner = cover_samples.checked_sub(settings.fft);
        require(
            hop_samples.is_multiple_of(settings.hop)
                && inner.is_some_and(|inner| inner.is_multiple_of(settings.hop)),
            "layout.hop_samples must be whole hops of the front end, and cover_samples a whole frame and whole hops",
        )?;
    }
    Ok(())
}

/// The fewest samples of which front end and output can make anything.
fn shortest_run(file: &ManifestFile) -> usize {
    let frame = match file.front_end {
        FrontEnd::LogMel(settings) => settings.fft,
        FrontEnd::Waveform(_) => 1,
    };
    let cover = match file.layout {
        Layout::Frames { cover_samples, .. } => cover_samples,
        Layout::Vector => 1,
    };
    frame.max(cover)
}

/// Whether `name` is the name of a file and leads to no other folder, on any platform.
pub(in crate::embed) fn is_bare(name: &str) -> bool {
    !name.contains(['/', '\\', ':'])
        && Path::new(name)
            .file_name()
            .is_some_and(|found| found == name)
}

fn is_checksum(text: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    text.len() == 64 && text.chars().all(hex)
}
