//! Exact search: every window of what is searched is compared with every query, in one pass. Pure; threads of its own that end before
//! it returns.
//!
//! The likeness of a window to a query is the cosine of the angle between them as seen from the *centre*, the mean of a sample of all
//! rows: what all sounds have in common tells none from another. Two products of each row are enough for that, so the rows
//! themselves depend on nothing but their sound. Neighbouring windows are one [`Event`].

use std::num::NonZeroUsize;
use std::ops::Range;

use parking_lot::Mutex;

use super::dot::likeness;
use super::row::{Query, Rows, coarse_bytes, parts};

/// Rows that are compared with all queries before the next ones: they stay in the processor's cache meanwhile.
const ROWS_AT_ONCE: usize = 1_024;
/// Windows that a thread takes at a time.
const WINDOWS_AT_ONCE: usize = 8_192;
/// Rows from which the centre is taken.
const CENTRE_ROWS: usize = 4_096;
/// The centre of a few rows says little of what all sounds have in common: they count as if so many more lay at the origin.
const UNKNOWN_ROWS: f32 = 200.0;
/// What is nearer to the centre has no direction as seen from there.
const SMALLEST_SQUARE: f32 = 1e-6;
/// Windows belong to an event as far as they are this share as like as its best one.
const EVENT_SHARE: f32 = 0.85;

/// Events are ranked by the fine parts of their best windows: so many more than are wanted, for each that is wanted and in all, are
/// found by the coarse parts first.
const CANDIDATES: usize = 2;
const MORE_CANDIDATES: usize = 100;

/// A stretch of a recording that is like a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Which of those that were searched.
    pub recording: usize,
    /// The windows that belong to it.
    pub windows: Range<usize>,
    /// The window that is most like the query.
    pub best: usize,
    /// From -1 to 1.
    pub likeness: f32,
}

impl Event {
    /// Whether it comes before `other`.
    fn is_before(&self, other: &Self) -> bool {
        let order = other.likeness.total_cmp(&self.likeness);
        order
            .then((self.recording, self.best).cmp(&(other.recording, other.best)))
            .is_lt()
    }
}

/// Where likeness is seen from.
#[derive(Debug, Clone)]
pub struct Centre {
    point: Vec<f32>,
    square: f32,
    along: Option<Query>,
}

impl Centre {
    /// The mean of windows out of `searched`, evenly chosen.
    pub fn of(searched: &[Rows<'_>], dims: usize) -> Self {
        let windows: usize = searched.iter().map(|rows| rows.windows(dims)).sum();
        let every = (windows / CENTRE_ROWS).max(1);
        let all = searched.iter();
        let all = all.flat_map(|rows| rows.coarse.chunks_exact(coarse_bytes(dims)));
        let mut point = vec![0.0; dims];
        let mut count = UNKNOWN_ROWS;
        for (level, levels) in all.step_by(every).map(parts) {
            if level > 0.0 {
                count += 1.0;
                for (sum, &value) in point.iter_mut().zip(levels) {
                    *sum += level * f32::from(value as i8);
                }
            }
        }
        point.iter_mut().for_each(|sum| *sum /= count);
        Self::at(point)
    }

    fn at(point: Vec<f32>) -> Self {
        Self {
            square: point.iter().map(|value| value * value).sum(),
            along: Query::of(&point),
            point,
        }
    }
}

/// A query as seen from a centre.
struct Seen {
    query: Query,
    /// The same as a point, of unit length.
    direction: Vec<f32>,
    /// The product of the centre and the query's direction.
    offset: f32,
}

impl Seen {
    fn new(point: &[f32], centre: &Centre) -> Option<Self> {
        let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
        let unit = point.iter().map(|value| value / length);
        let away: Vec<f32> = unit.zip(&centre.point).map(|(a, b)| a - b).collect();
        let query = Query::of(&away)?;
        let length = away.iter().map(|value| value * value).sum::<f32>().sqrt();
        let direction: Vec<f32> = away.iter().map(|value| value / length).collect();
        Some(Self {
            query,
            offset: dot(&direction, &centre.point),
            direction,
        })
    }

    /// The likeness of a window to it.
    fn likeness(&self, point: &[f32], centre: &Centre) -> f32 {
        let away = point.iter().zip(&centre.point).map(|(a, b)| a - b);
        let square: f32 = away.map(|value| value * value).sum();
        (dot(point, &self.direction) - self.offset) / square.max(SMALLEST_SQUARE).sqrt()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What is searched for, and how.
pub struct Search<'a> {
    /// A point for each query.
    pub queries: &'a [Vec<f32>],
    pub centre: &'a Centre,
    /// Windows that are no answer: those of the examples themselves.
    pub except: &'a [(usize, Range<usize>)],
    /// Windows nearer than this belong to one event.
    pub apart: usize,
    /// Events that are wanted of each query.
    pub top: usize,
    pub threads: NonZeroUsize,
}

impl Search<'_> {
    /// The `top` events of each query in `searched`, the most like first, as long as it `goes_on`.
    pub fn run(
        &self,
        searched: &[Rows<'_>],
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Vec<Event>> {
        let seen = self.queries.iter();
        let seen: Vec<Option<Seen>> = seen.map(|point| Seen::new(point, self.centre)).collect();
        let bundles = Mutex::new(bundles(searched, self.dims()));
        let candidates = CANDIDATES * self.top + MORE_CANDIDATES;
        let best = Mutex::new(vec![Best::new(candidates); seen.len()]);
        let work = || {
            let mut own = vec![Best::new(candidates); seen.len()];
            let mut found = Vec::new();
            loop {
                let next = bundles.lock().pop();
                let Some(bundle) = next.filter(|_| goes_on()) else {
                    break;
                };
                for recording in bundle {
                    let Some(rows) = searched.get(recording) else {
                        continue;
                    };
                    self.compare(rows, &seen, &mut found);
                    for (best, likeness) in own.iter_mut().zip(&mut found) {
                        self.leave_out(recording, likeness);
                        collect(recording, likeness, self.apart, best);
                    }
                }
            }
            for (all, own) in best.lock().iter_mut().zip(own) {
                own.events.into_iter().for_each(|event| all.offer(event));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.get() {
                let helper = std::thread::Builder::new().name(String::from("earmark-search"));
                // Without help it takes longer.
                if let Err(error) = helper.spawn_scoped(scope, work) {
                    tracing::debug!(%error, "searching on fewer threads");
                }
            }
            work();
        });
        let best = best.into_inner().into_iter().zip(&seen);
        best.map(|(best, seen)| self.ranked(best.events, seen.as_ref(), searched))
            .collect()
    }

    /// The best of `events` by the fine parts of their best windows.
    fn ranked(&self, events: Vec<Event>, seen: Option<&Seen>, searched: &[Rows<'_>]) -> Vec<Event> {
        let mut best = Best::new(self.top);
        for mut event in events {
            let rows = searched.get(event.recording);
            let point = rows.and_then(|rows| rows.point(event.best, self.dims()));
            if let (Some(seen), Some(point)) = (seen, point) {
                event.likeness = seen.likeness(&point, self.centre);
                best.offer(event);
            }
        }
        best.events
    }

    fn dims(&self) -> usize {
        self.centre.point.len()
    }

    /// The likeness of each window of `searched` to each query, into `found`.
    fn compare(&self, rows: &Rows<'_>, seen: &[Option<Seen>], found: &mut Vec<Vec<f32>>) {
        let bytes = coarse_bytes(self.dims());
        let windows = rows.windows(self.dims());
        found.resize_with(seen.len(), Vec::new);
        for values in found.iter_mut() {
            values.clear();
            values.resize(windows, f32::NAN);
        }
        let mut along = [0.0; ROWS_AT_ONCE];
        for (piece, coarse) in rows.coarse.chunks(ROWS_AT_ONCE * bytes).enumerate() {
            let count = coarse.len() / bytes;
            let place = piece * ROWS_AT_ONCE..piece * ROWS_AT_ONCE + count;
            let along = along.get_mut(..count).unwrap_or_default();
            if let Some(query) = &self.centre.along {
                likeness(coarse, query, along);
            }
            let length = self.centre.square.sqrt();
            for (seen, found) in seen.iter().zip(found.iter_mut()) {
                let (Some(seen), Some(found)) = (seen, found.get_mut(place.clone())) else {
                    continue;
                };
                likeness(coarse, &seen.query, found);
                for (value, along) in found.iter_mut().zip(along.iter()) {
                    let square = 1.0 - 2.0 * length * along + self.centre.square;
                    *value = (*value - seen.offset) / square.max(SMALLEST_SQUARE).sqrt();
                }
            }
        }
    }

    fn leave_out(&self, recording: usize, likeness: &mut [f32]) {
        for (of, windows) in self.except {
            let end = windows.end.min(likeness.len());
            if *of == recording
                && let Some(values) = likeness.get_mut(windows.start.min(end)..end)
            {
                values.fill(f32::NAN);
            }
        }
    }
}

/// The best events so far, the best first.
#[derive(Clone)]
struct Best {
    events: Vec<Event>,
    top: usize,
}

impl Best {
    fn new(top: usize) -> Self {
        Self {
            events: Vec::new(),
            top,
        }
    }

    /// What an event must be more like than to be wanted.
    fn floor(&self) -> f32 {
        match self.events.last() {
            Some(last) if self.events.len() >= self.top => last.likeness,
            _ => f32::NEG_INFINITY,
        }
    }

    fn offer(&mut self, event: Event) {
        let at = self.events.partition_point(|other| other.is_before(&event));
        if at < self.top {
            self.events.insert(at, event);
            self.events.truncate(self.top);
        }
    }
}

/// Offers `best` the events in the `likeness` of a recording's windows.
fn collect(recording: usize, likeness: &[f32], apart: usize, best: &mut Best) {
    let floor = best.floor();
    // Not what is nothing like the query, nor what was not compared.
    let is_high = |value: &f32| *value > 0.0 && *value >= floor;
    let mut next = 0;
    while let Some(at) = likeness.iter().skip(next).position(is_high) {
        let (event, end) = event_from(recording, likeness, next + at, apart);
        best.offer(event);
        next = end;
    }
}

/// The event that begins at window `start`, and where to look for the next one: behind all windows that are near its best one, or so
/// like the query that they belong to it.
fn event_from(recording: usize, likeness: &[f32], start: usize, apart: usize) -> (Event, usize) {
    let value = |at: usize| likeness.get(at).copied().unwrap_or(f32::NAN);
    let mut best = start;
    let mut end = start + 1;
    while end < likeness.len() && (end - best < apart || value(end) >= EVENT_SHARE * value(best)) {
        if value(end) > value(best) {
            best = end;
        }
        end += 1;
    }
    let belongs = |at: &usize| value(*at) >= EVENT_SHARE * value(best);
    let first = (start..best).rev().take_while(belongs).last();
    let last = (best + 1..end).take_while(belongs).last();
    let event = Event {
        recording,
        windows: first.unwrap_or(best)..last.unwrap_or(best) + 1,
        best,
        likeness: value(best),
    };
    (event, end)
}

/// `searched` in parts of some thousands of windows.
fn bundles(searched: &[Rows<'_>], dims: usize) -> Vec<Range<usize>> {
    let mut bundles = Vec::new();
    let (mut start, mut windows) = (0, 0);
    for (index, rows) in searched.iter().enumerate() {
        windows += rows.windows(dims);
        if windows >= WINDOWS_AT_ONCE || index + 1 == searched.len() {
            bundles.push(start..index + 1);
            (start, windows) = (index + 1, 0);
        }
    }
    bundles
}

#[cfg(test)]
mod tests;
