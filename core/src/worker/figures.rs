//! A classifier's figures as the database keeps them: JSON, so that later versions can add to them.

use serde::Serialize;
use serde_json::Value;

use crate::classifier::{Counts, Metrics};
use crate::store::ClassifierRow;

/// Figures for the database.
pub(crate) fn to_json(figures: &impl Serialize) -> Value {
    // Plain numbers under plain names cannot fail to become JSON.
    serde_json::to_value(figures).unwrap_or_default()
}

/// What the classifier was trained from; zeros where an older version did not say.
pub fn counts_of(row: &ClassifierRow) -> Counts {
    serde_json::from_value(row.counts.clone()).unwrap_or_default()
}

/// How it did on held-out examples; `None` when nothing could be held out.
pub fn metrics_of(row: &ClassifierRow) -> Option<Metrics> {
    serde_json::from_value(row.metrics.clone()?).ok()
}
