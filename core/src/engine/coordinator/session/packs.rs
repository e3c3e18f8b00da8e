//! The pack that a window asked about last.

use std::path::PathBuf;
use std::sync::Arc;

use super::freshness::{Freshness, Part};
use crate::engine::packs::ReadPack;
use crate::pack::Pack;
use crate::protocol::{PackState, PackView};

#[derive(Default)]
pub(in crate::engine::coordinator) struct PackOnShow {
    /// How many questions there were: the number of the last one.
    asked: u64,
    last: Option<(PathBuf, PackState)>,
    /// What was read.
    pack: Option<Arc<Pack>>,
    freshness: Freshness,
}

impl PackOnShow {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// Nothing is shown, but no number is given again.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        Self {
            asked: self.asked,
            ..Self::new(freshness)
        }
    }

    /// Begins to read instead of anything before; returns the number of the question.
    pub fn begin(&mut self, path: PathBuf) -> u64 {
        self.asked += 1;
        self.pack = None;
        self.show(Some((path, PackState::Reading)));
        self.asked
    }

    /// Takes in what was read under `number`, or why it cannot be.
    pub fn take_read(&mut self, number: u64, outcome: Result<ReadPack, String>) {
        if number != self.asked {
            return;
        }
        match outcome {
            Ok(read) => {
                self.pack = Some(read.pack);
                self.answer(PackState::Read(read.facts));
            }
            Err(why) => self.answer(PackState::Refused(why)),
        }
    }

    /// Begins to import the pack of `number`, if that is on show and can be used.
    pub fn begin_import(&mut self, number: u64) -> Option<Arc<Pack>> {
        let (_, state) = self.last.as_ref().filter(|_| number == self.asked)?;
        let PackState::Read(facts) = state else {
            return None;
        };
        let (facts, pack) = (Arc::clone(facts), self.pack.clone()?);
        if facts.obstacle.is_some() {
            return None;
        }
        self.answer(PackState::Importing(facts));
        Some(pack)
    }

    /// The import of `number` is done, as the words say, or refused.
    pub fn take_imported(&mut self, number: u64, outcome: Result<String, String>) {
        if number == self.asked {
            self.answer(match outcome {
                Ok(words) => PackState::Imported(words),
                Err(why) => PackState::Refused(why),
            });
        }
    }

    /// Nothing is shown any more.
    pub fn forget(&mut self) {
        self.asked += 1;
        self.pack = None;
        self.show(None);
    }

    fn answer(&mut self, state: PackState) {
        let path = self.last.take().map(|(path, _)| path);
        self.show(path.map(|path| (path, state)));
    }

    fn show(&mut self, last: Option<(PathBuf, PackState)>) {
        self.last = last;
        self.freshness.invalidate(Part::View);
    }

    /// What the window shows.
    pub fn view(&self) -> Option<PackView> {
        let (path, state) = self.last.as_ref()?;
        Some(PackView {
            number: self.asked,
            path: path.clone(),
            state: state.clone(),
        })
    }
}
