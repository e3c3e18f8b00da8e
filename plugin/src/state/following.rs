//! The project follows what the engine says is shown: a profile may be renamed in another window, a rename refused, anything undone.
//!
//! Used when the host saves a project and when the window draws, never on the audio thread. It never overwrites a project that
//! the host has restored and the engine has not been told of yet.

use std::sync::OnceLock;

use earmark_core::protocol::Remembered;

use super::SavedState;

/// Asks the engine what is shown; `None` while it has not answered everything.
type Ask = Box<dyn Fn() -> Option<Remembered> + Send + Sync>;

/// Who says what is shown.
#[derive(Default)]
pub(super) struct Followed(OnceLock<Ask>);

impl Followed {
    pub fn set(&self, ask: Ask) {
        // A second one would be a mistake in the plugin's own making, and the first one still does its work.
        let _ = self.0.set(ask);
    }

    pub fn ask(&self) -> Option<Remembered> {
        self.0.get().and_then(|ask| ask())
    }
}

/// Which restoration of the project the engine was told of.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Restoration(u64);

/// Whether the engine was told of the project as the host restored it last.
#[derive(Debug, Default)]
pub(super) struct Handover {
    newest: Restoration,
    told: Option<Restoration>,
}

impl Handover {
    /// The host restored the project once more.
    pub fn note_restored(&mut self) {
        self.newest.0 += 1;
    }

    pub fn newest(&self) -> Restoration {
        self.newest
    }

    /// The engine was told of `restoration`.
    pub fn note_told(&mut self, restoration: Restoration) {
        self.told = Some(restoration);
    }

    /// Whether what the engine says counts that was asked after `restoration`.
    pub fn is_current(&self, restoration: Restoration) -> bool {
        self.newest == restoration && self.told == Some(restoration)
    }
}

impl SavedState {
    /// Takes over what is shown.
    pub(super) fn follow(&mut self, shown: Remembered) {
        self.profile = shown.profile;
        self.watched = shown.watched;
        self.model = shown.model;
        // A project that is opened where its takes cannot be read keeps what it says of them.
        if let Some(take) = shown.take {
            self.has_takes = true;
            self.take = Some(take.filename);
            self.version = take.version;
            self.compare_with = take.compare_with;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_core::protocol::{Compared, RememberedTake};
    use nice_plug::params::persist::PersistentField;
    use parking_lot::Mutex;

    use super::*;
    use crate::state::InstanceState;

    fn shown(profile: &str) -> Remembered {
        Remembered {
            profile: String::from(profile),
            watched: vec![format!("{profile} too")],
            model: String::from("AISFX"),
            take: Some(RememberedTake {
                filename: String::from("a.wav"),
                version: Some(String::from("1")),
                compare_with: Some(Compared::Version(String::from("2"))),
            }),
        }
    }

    /// The state of an instance whose engine says what is in the second.
    fn followed() -> (InstanceState, Arc<Mutex<Option<Remembered>>>) {
        let state = InstanceState::default();
        let says: Arc<Mutex<Option<Remembered>>> = Arc::default();
        let answer = Arc::clone(&says);
        state.follow_with(move || answer.lock().clone());
        (state, says)
    }

    fn saved(state: &InstanceState) -> SavedState {
        PersistentField::map(state, Clone::clone)
    }

    #[test]
    fn a_project_saves_what_is_shown_whoever_changed_it() {
        let (state, says) = followed();
        let (_, restoration) = state.to_hand_over();
        state.note_told(restoration);
        *says.lock() = Some(shown("film"));
        let first = saved(&state);
        assert_eq!(
            (first.profile.as_str(), first.take.as_deref()),
            ("film", Some("a.wav"))
        );
        assert_eq!(first.version.as_deref(), Some("1"));
        assert_eq!(first.watched, ["film too"]);
        assert!(first.has_takes);
        *says.lock() = Some(shown("series"));
        assert_eq!(saved(&state).profile, "series", "renamed in another window");
        *says.lock() = None;
        assert_eq!(saved(&state).profile, "series", "no answer yet");
    }

    #[test]
    fn a_project_whose_takes_cannot_be_read_keeps_what_it_says_of_them() {
        let (state, says) = followed();
        let (_, restoration) = state.to_hand_over();
        state.note_told(restoration);
        *says.lock() = Some(shown("film"));
        let before = saved(&state);
        *says.lock() = Some(Remembered {
            take: None,
            ..shown("film")
        });
        assert_eq!(saved(&state), before);
    }

    #[test]
    fn a_restored_project_is_not_overwritten_before_the_engine_was_told_of_it() {
        let (state, says) = followed();
        let (_, restoration) = state.to_hand_over();
        state.note_told(restoration);
        *says.lock() = Some(shown("film"));
        let restored = SavedState {
            profile: String::from("series"),
            ..SavedState::default()
        };
        PersistentField::set(&state, restored);
        assert_eq!(saved(&state).profile, "series");
        // Told of the former project at last: that says nothing of this one.
        state.note_told(restoration);
        assert_eq!(saved(&state).profile, "series");
        let (_, restoration) = state.to_hand_over();
        state.note_told(restoration);
        *says.lock() = Some(shown("documentary"));
        assert_eq!(saved(&state).profile, "documentary");
    }
}
