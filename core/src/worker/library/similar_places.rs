//! Where what a search found lies: from windows to stretches of files. Worker thread; touches no disk but to see which of several
//! copies of a file is there.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::laid_out::Layout;
use super::similar_request::{SimilarHit, SimilarRequest};
use crate::library::index::Index;
use crate::library::row::{Rows, RowsMade};
use crate::library::search::Event;
use crate::store::LibraryFile;
use crate::time::Span;

/// A recording that is searched, or a part of one.
#[derive(Clone)]
pub(super) struct Found {
    /// The files that hold it: of one content there may be several.
    pub paths: Vec<PathBuf>,
    pub length_s: Option<f64>,
    /// Of a part of a long recording, its first window.
    pub first: usize,
}

/// Where the recordings that are searched lie.
pub(super) struct Places<'a> {
    pub searched: Vec<Rows<'a>>,
    /// In the same order.
    found: Vec<Found>,
}

impl<'a> Places<'a> {
    /// The recordings `found`, which have these rows.
    pub fn of(rows: &'a [Arc<RowsMade>], found: Vec<Found>) -> Self {
        Self {
            searched: rows.iter().map(|rows| rows.rows()).collect(),
            found,
        }
    }

    /// The recordings of `files` that are in `index`.
    pub fn in_index(index: &'a Index, files: &[LibraryFile]) -> Self {
        let mut by_identity: HashMap<&str, Found> = HashMap::new();
        for file in files {
            let found = by_identity.entry(&file.identity).or_insert(Found {
                paths: Vec::new(),
                length_s: file.length_s,
                first: 0,
            });
            found.paths.push(file.path.clone());
        }
        let mut places = Self {
            searched: Vec::new(),
            found: Vec::new(),
        };
        for (part, rows) in index.parts() {
            if let Some(found) = by_identity.get(part.identity.as_str()) {
                places.searched.push(rows);
                places.found.push(Found {
                    first: part.windows.start,
                    ..found.clone()
                });
            }
        }
        places
    }

    /// The windows that the examples and what was rejected lie in.
    pub fn except(&self, request: &SimilarRequest, layout: &Layout) -> Vec<(usize, Range<usize>)> {
        let manifest = layout.manifest();
        let reach_s = manifest.window_s();
        let mut except = Vec::new();
        for example in request.examples.iter().chain(&request.rejected) {
            let first = ((example.span.start_s() - reach_s) / manifest.step_s()).ceil();
            let end = (example.span.end_s() / manifest.step_s()).ceil();
            let (first, end) = (first.max(0.0) as usize, end.max(0.0) as usize);
            let parts = self.found.iter().enumerate();
            let parts = parts.filter(|(_, found)| found.paths.contains(&example.recording.path));
            except.extend(parts.map(|(part, found)| {
                let within = |window: usize| window.saturating_sub(found.first);
                (part, within(first)..within(end))
            }));
        }
        except
    }

    /// Where the event is. Its windows hear the sound in their middle.
    pub fn hit(&self, event: &Event, layout: &Layout) -> Option<SimilarHit> {
        let manifest = layout.manifest();
        let Found {
            paths,
            length_s,
            first,
        } = self.found.get(event.recording)?;
        let path = paths.iter().find(|path| path.is_file()).or(paths.first())?;
        let (step_s, window_s) = (manifest.step_s(), manifest.window_s());
        let middle_s = |window: usize| (first + window) as f64 * step_s + window_s / 2.0;
        let margin_s = step_s.min(window_s) / 2.0;
        let start_s =
            (middle_s(event.windows.start) - margin_s).min(middle_s(event.best) - window_s / 2.0);
        let end_s =
            (middle_s(event.windows.end - 1) + margin_s).max(middle_s(event.best) + window_s / 2.0);
        Some(SimilarHit {
            path: path.clone(),
            span: Span::new(start_s.max(0.0), end_s.min(length_s.unwrap_or(end_s))).ok()?,
            length_s: *length_s,
            likeness: event.likeness.clamp(0.0, 1.0),
        })
    }
}
