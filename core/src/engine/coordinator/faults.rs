//! What becomes of a panic: the coordinator puts its sessions in order and goes on, other threads say that they did, and every
//! window shows it. A thread that panics again and again stays down, and windows show that too.

use super::session::{Part, Sessions, invalidate_all};
use super::upkeep::Upkeep;
use super::view::view_of;
use super::waiting::show_waiting;
use super::{Coordinator, InstanceMessage, InstanceToCoordinator};
use crate::engine::{audition_thread, errands, outbox::Outbox};
use crate::protocol::{EngineError, HealthView, Obstacle, View};
use crate::recorder;
use crate::threads::{FaultOutcome, Supervised, ThreadFault, survives};
use crate::worker;

/// The coordinator's thread.
pub(in crate::engine) const NAME: &str = "earmark-coordinator";

impl Supervised for Coordinator {
    fn run(&mut self) {
        while !self.is_closing {
            self.take_message();
            self.look_around();
        }
        self.close();
    }

    fn recover(&mut self) {
        // What was handled is forgotten: handled again, it would only panic again.
        let at_work_for = self.at_work_for.take();
        for (&instance, session) in &mut self.sessions {
            if at_work_for.is_none_or(|broken| broken == instance) {
                session.rebuild();
            }
        }
        show_waiting(&mut self.sessions, &self.waiting);
        say_to_all(&mut self.sessions, &EngineError::Internal);
    }

    fn stay_down(&mut self) {
        let obstacle = stopped(NAME);
        for session in self.sessions.values_mut() {
            let obstacle = obstacle.clone();
            survives(NAME, || {
                let mut view = view_of(session);
                view.health.obstacles.insert(0, obstacle);
                session.publish(|_| view);
            });
        }
        while let Ok(message) = self.inbox.recv() {
            match message {
                InstanceToCoordinator::Instance(_, InstanceMessage::Attach(_, _, outbox)) => {
                    show_alone(&outbox, &obstacle);
                }
                InstanceToCoordinator::Instance(instance, InstanceMessage::Detach) => {
                    survives(NAME, || self.detach(instance));
                }
                InstanceToCoordinator::Instance(..) => {}
                #[cfg(test)]
                InstanceToCoordinator::HangDisk(..) => {}
                InstanceToCoordinator::Shutdown => break,
            }
            // Nobody reads them, and they must not fill the memory.
            while self.channels.worker_reports.try_recv().is_ok() {}
            while self.channels.recorder_events.try_recv().is_ok() {}
        }
        survives(NAME, || self.save_everything());
        survives(NAME, || self.end_threads());
    }
}

/// Shows nothing but that the engine is stopped.
fn show_alone(outbox: &Outbox, obstacle: &Obstacle) {
    let view = View {
        revision: 1,
        health: HealthView {
            obstacles: vec![obstacle.clone()],
            ..HealthView::default()
        },
        ..View::default()
    };
    outbox.publish(view.into());
}

/// Shows in every window that another thread panicked.
pub(super) fn take_fault(
    fault: &ThreadFault,
    sessions: &mut Sessions,
    upkeep: &mut Upkeep,
    all: &mut Vec<Obstacle>,
) {
    if fault.thread == worker::thread::NAME {
        for session in sessions.values_mut() {
            // The worker has forgotten what it was asked.
            session.jobs.ask_again();
            session.similar.fail();
        }
        upkeep.forget_deletions();
    }
    match fault.outcome {
        FaultOutcome::Restarted => say_to_all(sessions, &EngineError::Internal),
        FaultOutcome::Stopped => {
            let obstacle = stopped(fault.thread);
            for session in sessions.values_mut() {
                session.health.show_stopped(obstacle.clone());
            }
            all.push(obstacle);
        }
    }
    invalidate_all(sessions, Part::View);
}

fn say_to_all(sessions: &mut Sessions, error: &EngineError) {
    for session in sessions.values_mut() {
        session.health.fail(error);
    }
}

/// What a window shows while `thread` stays down.
fn stopped(thread: &str) -> Obstacle {
    let what = match thread {
        worker::thread::NAME => "scans and trainings are stopped",
        recorder::NAME => "nothing is recorded",
        audition_thread::NAME => "auditions are stopped",
        errands::FILES => "exports are stopped",
        errands::LOOKS => "it no longer looks for missing files",
        errands::CLIPS => "no example can be saved",
        errands::LIBRARY | errands::INDEX => "the library is not indexed",
        errands::SEARCH => "the library is not searched with classifiers",
        errands::SPECTROGRAMS => "spectrograms are stopped",
        _ => "it is stopped",
    };
    Obstacle {
        what: format!("Earmark hit several internal errors, so {what}"),
        remedy: String::from("Save the project and open it again; nothing saved was lost"),
        offers: Vec::new(),
    }
}

#[cfg(test)]
pub(super) fn injected(
    instance: crate::protocol::InstanceId,
    place: super::PanicIn,
    coordinator: &mut Coordinator,
) {
    use super::PanicIn;
    use crate::engine::audition_thread::AuditionTask;
    use crate::worker::thread::WorkerTask;

    match place {
        PanicIn::Handler => std::panic::panic_any("injected by a test"),
        PanicIn::Broadcast => {
            coordinator.at_work_for = None;
            std::panic::panic_any("injected by a test");
        }
        PanicIn::EveryLook => coordinator.panics_in_every_look = true,
        PanicIn::Worker => {
            let channels = &coordinator.channels;
            channels.ask_worker(instance, WorkerTask::Panic);
        }
        PanicIn::Audition => {
            let channels = &coordinator.channels;
            channels.ask_audition(instance, AuditionTask::Panic);
        }
    }
}

#[cfg(test)]
pub(super) fn panic_in_every_look(coordinator: &Coordinator) {
    if coordinator.panics_in_every_look {
        std::panic::panic_any("injected by a test");
    }
}
