//! Undo and redo, and what comes of them besides the rows: windows follow the profiles, and what was cut or learned
//! otherwise is cut and scanned anew.

use super::Coordinator;
use super::order::Order;
use crate::marks::{Deed, Step};
use crate::protocol::{Command, EngineError, Severity};

impl Coordinator {
    pub(super) fn step_through_history(&mut self, order: &Order) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&order.instance) else {
            return Ok(());
        };
        session.history.keep_to(self.store.generation());
        let is_undo = order.command == Command::Undo;
        let stepped = if is_undo {
            session.history.undo(&self.store)?
        } else {
            session.history.redo(&self.store)?
        };
        let Some(Deed { what, steps }) = stepped else {
            return Ok(());
        };
        for step in &steps {
            self.follow_step(order, step);
        }
        if let Some(session) = self.sessions.get_mut(&order.instance) {
            let words = if is_undo {
                format!("Undid {what}")
            } else {
                format!("Did {what} again")
            };
            session.health.say(Severity::Info, words);
        }
        Ok(())
    }

    fn follow_step(&mut self, order: &Order, step: &Step) {
        let instance = order.instance;
        match step {
            Step::ClassifierRestored { .. } => drop(self.scan_again(order)),
            Step::Shaped { profile, model, .. } => self.cut_anew(instance, profile, model),
            Step::ProfileAdded(change) => self.show_profile(instance, &change.profile),
            Step::ProfileRemoved(change) => {
                self.leave_profile(instance, &change.profile, &change.instead);
            }
            Step::ProfileRenamed { from, to } => self.follow_renamed(instance, from, to),
            _ => {}
        }
    }
}
