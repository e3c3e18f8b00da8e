//! Label files as other programs write them, and our own exports read back.

mod foreign;
mod hostile;
mod round_trips;

use super::{LabelFile, ProjectClock, read_labels};

fn read(text: &str) -> LabelFile {
    read_labels(text.as_bytes(), &ProjectClock::default()).unwrap()
}

/// Start, end and class of every label.
fn said(file: &LabelFile) -> Vec<(f64, f64, &str)> {
    let labels = file.labels.iter();
    labels
        .map(|label| {
            let span = label.span;
            (span.start_s(), span.end_s(), label.class.as_str())
        })
        .collect()
}
