//! How far a job is, as a window shows it.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Scanning,
    /// Scanning files that were dropped on the window.
    ScanningFiles,
    Training,
    /// Looking for recordings that were moved. How far it is cannot be known.
    Finding,
    /// Searching for similar sounds.
    Searching,
    /// Reading files that were dropped on the window.
    Adding,
    /// Indexing the library.
    Indexing,
    /// Writing clips, or a copy of a recording.
    Exporting,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    pub kind: JobKind,
    /// What it does right now, in words.
    pub stage: String,
    /// 0 to 1.
    pub fraction: f32,
    /// Seconds that it takes yet, at the speed so far; `None` before that can be told.
    pub remaining_s: Option<f32>,
}

impl JobView {
    /// `12 s left` or `3 min left`, once it can be told.
    pub fn remaining(&self) -> Option<String> {
        let remaining_s = self.remaining_s?.ceil();
        Some(if remaining_s > 90.0 {
            format!("{:.0} min left", (remaining_s / 60.0).ceil())
        } else {
            format!("{remaining_s:.0} s left")
        })
    }
}
