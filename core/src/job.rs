//! A job's leash: what it reports and how it is told to stop.
//!
//! Owns one job's progress and its cancel switch, shared between whoever works (the worker, the files thread) and the
//! coordinator, which shows and cancels. Any thread; it must never wait for the work itself.
//!
//! A room of its own, because it fits into no other. It is no value, so `protocol` cannot hold it: it has a switch, a
//! lock and the model's [`Canceller`]. It is not the worker's either: exports hang on one too, and they lie below the worker.

mod right_of_way;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::embed::{Canceller, EmbedError};
use crate::protocol::{EngineError, JobKind, JobView};
pub(crate) use right_of_way::RightOfWay;

/// One job's progress and its cancel switch. Clones share both.
#[derive(Clone)]
pub struct JobControl {
    shared: Arc<Shared>,
    /// Whether something else should come first.
    gives_way: Option<GivesWay>,
}

/// Says whether something else waits.
type GivesWay = Arc<dyn Fn() -> bool + Send + Sync>;

impl std::fmt::Debug for JobControl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let progress = self.progress();
        formatter
            .debug_struct("JobControl")
            .field("cancelled", &self.is_cancelled())
            .field("progress", &progress)
            .finish()
    }
}

struct Shared {
    cancelled: AtomicBool,
    progress: Mutex<Progress>,
    /// What ends the model's run that the job is waiting for.
    run: Mutex<Option<Canceller>>,
    /// Whom the job gives way to; `None` for one that somebody waits for.
    way: Option<RightOfWay>,
}

struct Progress {
    view: JobView,
    /// When the stage began that is at work.
    begun: Option<Instant>,
    /// What the recording at work is of all that the stage goes through.
    share: Share,
    /// What the step at work is of the recording's part.
    step: Share,
}

/// A part of something, as fractions of the whole.
#[derive(Clone, Copy)]
struct Share {
    /// What comes before it.
    from: f32,
    length: f32,
}

impl Share {
    const WHOLE: Self = Self {
        from: 0.0,
        length: 1.0,
    };

    /// The part `index` of `count` equal ones.
    fn of_equal(index: usize, count: usize) -> Self {
        let count = count.max(1) as f32;
        Self {
            from: index as f32 / count,
            length: 1.0 / count,
        }
    }

    /// The part `index` of parts as long as `lengths` say; equal ones where those say nothing.
    fn of_lengths(index: usize, lengths: &[f64]) -> Self {
        let total: f64 = lengths.iter().sum();
        match lengths.get(index) {
            Some(own) if total > 0.0 && total.is_finite() => Self {
                from: (lengths.iter().take(index).sum::<f64>() / total) as f32,
                length: (own / total) as f32,
            },
            _ => Self::of_equal(index, lengths.len()),
        }
    }

    /// How much is done once a `fraction` of this part is.
    fn fraction(self, fraction: f32) -> f32 {
        (self.from + self.length * fraction.clamp(0.0, 1.0)).min(1.0)
    }
}

impl Progress {
    fn set(&mut self, fraction: f32) {
        self.view.fraction = self.share.fraction(self.step.fraction(fraction));
    }

    fn begin(&mut self, stage: String, step: Share, fraction: f32) {
        self.view.stage = stage;
        self.step = step;
        self.set(fraction);
        // What earlier stages took says nothing about this one.
        if self.begun.is_none() || self.view.fraction == 0.0 {
            self.begun = Some(Instant::now());
        }
    }
}

impl JobControl {
    /// A job that has not begun.
    pub fn new(kind: JobKind) -> Self {
        Self::with(kind, None)
    }

    /// A job that has not begun and rests whenever somebody is at work who goes first.
    pub(crate) fn behind(kind: JobKind, way: RightOfWay) -> Self {
        Self::with(kind, Some(way))
    }

    fn with(kind: JobKind, way: Option<RightOfWay>) -> Self {
        Self {
            shared: Arc::new(Shared {
                cancelled: AtomicBool::new(false),
                progress: Mutex::new(Progress {
                    view: JobView {
                        kind,
                        stage: String::from("waiting"),
                        fraction: 0.0,
                        remaining_s: None,
                    },
                    begun: None,
                    share: Share::WHOLE,
                    step: Share::WHOLE,
                }),
                run: Mutex::new(None),
                way,
            }),
            gives_way: None,
        }
    }

    /// The same job for a piece of its work, which breaks off like a cancelled one while something else `waits`. Whoever works
    /// then tells the two apart by [`is_cancelled`](Self::is_cancelled), and goes on later.
    pub(crate) fn giving_way(&self, waits: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            gives_way: Some(Arc::new(waits)),
        }
    }

    fn must_stop(&self) -> bool {
        self.is_cancelled() || self.gives_way.as_ref().is_some_and(|waits| waits())
    }

    /// Asks the job to stop at its next chance, and ends a model's run within a layer of the network.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        if let Some(run) = &*self.shared.run.lock() {
            run.cancel();
        }
    }

    /// Does `work`, in which `run` is what takes long: cancelling ends it, whatever `work` makes of that.
    pub(crate) fn running<T>(
        &self,
        run: &Canceller,
        work: impl FnOnce() -> Result<T, EmbedError>,
    ) -> Result<T, EngineError> {
        *self.shared.run.lock() = Some(run.clone());
        if self.is_cancelled() {
            // Cancelled before there was anything to end.
            run.cancel();
        }
        let outcome = work();
        *self.shared.run.lock() = None;
        run.reset();
        outcome.map_err(|error| match self.must_stop() {
            true => EngineError::Cancelled,
            false => error.into(),
        })
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Begins a stage with a name the user understands.
    pub fn stage(&self, stage: impl Into<String>, fraction: f32) {
        let mut progress = self.shared.progress.lock();
        progress.begin(stage.into(), Share::WHOLE, fraction);
    }

    /// Begins the step `index` of the `count` that a stage consists of: what is reported from now on is of this step.
    pub(crate) fn step(&self, stage: impl Into<String>, index: usize, count: usize) {
        let mut progress = self.shared.progress.lock();
        progress.begin(stage.into(), Share::of_equal(index, count), 0.0);
    }

    /// Says that the stages to come are about recording `index` of those with these `lengths`, in whatever unit, which are gone
    /// through one after the other: fraction and estimate are of all of them.
    pub fn share(&self, index: usize, lengths: &[f64]) {
        self.shared.progress.lock().share = Share::of_lengths(index, lengths);
    }

    /// Says that the stages to come are about the part of all the work that begins at `from` and is `length` long, both as fractions.
    pub(crate) fn part(&self, from: f64, length: f64) {
        self.shared.progress.lock().share = Share {
            from: from as f32,
            length: length as f32,
        };
    }

    /// Reports that a `fraction` (0 to 1) of the stage, or of its step, is done, and asks whether to go on.
    pub fn report(&self, fraction: f32) -> ControlFlow<()> {
        self.shared.progress.lock().set(fraction);
        self.proceed()
    }

    /// Whether it rests at present, because somebody is at work who goes first.
    pub(crate) fn is_resting(&self) -> bool {
        self.shared.way.as_ref().is_some_and(RightOfWay::is_taken)
    }

    /// Asks whether to go on, and rests before that while somebody is at work who goes first.
    pub fn proceed(&self) -> ControlFlow<()> {
        if let Some(way) = &self.shared.way {
            let rested = way.give_way(|| self.is_cancelled());
            if !rested.is_zero() {
                // Rest is no work: what is left takes as long as before.
                let begun = &mut self.shared.progress.lock().begun;
                *begun = begun.map(|begun| begun + rested);
            }
        }
        if self.must_stop() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// As [`proceed`](Self::proceed), for work that fails with an error of the engine's.
    pub(crate) fn go_on(&self) -> Result<(), EngineError> {
        match self.proceed() {
            ControlFlow::Break(()) => Err(EngineError::Cancelled),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Where it stands.
    pub fn progress(&self) -> JobView {
        let progress = self.shared.progress.lock();
        let worked = progress.begun.map(|begun| begun.elapsed());
        let fraction = f64::from(progress.view.fraction);
        JobView {
            remaining_s: worked.and_then(|worked| remaining_s(worked, fraction)),
            ..progress.view.clone()
        }
    }
}

/// Before this much time and this share of the work, a guess would jump about.
const LEAST_WORKED: Duration = Duration::from_secs(2);
const LEAST_FRACTION: f64 = 0.03;

/// Seconds that work takes yet of which a `fraction` took `worked`.
fn remaining_s(worked: Duration, fraction: f64) -> Option<f32> {
    let can_tell = worked >= LEAST_WORKED && (LEAST_FRACTION..1.0).contains(&fraction);
    can_tell.then(|| (worked.as_secs_f64() * (1.0 - fraction) / fraction) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_goes_back_within_a_stage_of_several_files() {
        let job = JobControl::new(JobKind::Scanning);
        let mut seen = Vec::new();
        for recording in 0..2 {
            job.share(recording, &[30.0, 90.0]);
            for step in 0..4 {
                job.step(format!("reading {step}"), step, 4);
                for fraction in [0.0, 0.5, 1.0] {
                    let _ = job.report(fraction);
                    seen.push(job.progress().fraction);
                }
            }
        }
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen[11], 0.25, "the short recording is a quarter of it");
        assert_eq!((seen.first(), seen.last()), (Some(&0.0), Some(&1.0)));
        job.share(0, &[0.0]);
        job.stage("learning", 0.0);
        assert_eq!(job.progress().fraction, 0.0, "the next stage begins anew");
    }

    #[test]
    fn a_job_that_gives_way_makes_no_step_while_another_is_at_work_and_can_be_cancelled_then() {
        use std::sync::atomic::AtomicUsize;

        let way = RightOfWay::default();
        let job = JobControl::behind(JobKind::Indexing, way.clone());
        let steps = AtomicUsize::new(0);
        let steps_now = || steps.load(Ordering::SeqCst);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while job.proceed().is_continue() {
                    steps.fetch_add(1, Ordering::SeqCst);
                }
            });
            while steps_now() < 3 {
                std::hint::spin_loop();
            }
            for _ in 0..50 {
                let goes_first = way.take();
                let before = steps_now();
                // What takes as many steps as the other would have made without giving way.
                for _ in 0..1_000 {
                    std::thread::yield_now();
                }
                assert!(steps_now() <= before + 1, "but for the step in hand");
                assert!(job.is_resting());
                drop(goes_first);
                let resting = steps_now();
                while steps_now() < resting + 3 {
                    std::hint::spin_loop();
                }
            }
            let _goes_first = way.take();
            job.cancel();
        });
        assert!(job.is_cancelled());
    }

    #[test]
    fn what_remains_is_told_once_it_can_be() {
        assert_eq!(remaining_s(Duration::from_secs(1), 0.5), None);
        assert_eq!(remaining_s(Duration::from_secs(60), 0.001), None);
        assert_eq!(remaining_s(Duration::from_secs(30), 0.25), Some(90.0));
        assert_eq!(remaining_s(Duration::from_secs(30), 1.0), None);
    }
}
