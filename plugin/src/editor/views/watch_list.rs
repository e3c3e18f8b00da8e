//! The watch list in the profile menu: a tick for each sound that is looked for beside that of the shown profile. Runs on the window's
//! thread.

use earmark_core::protocol::{Command, Show};
use egui::Ui;

use crate::editor::action::Action;
use crate::editor::widgets::weak;

/// The sounds to choose from, and those that are chosen.
pub struct WatchList<'a> {
    /// The shown profile, whose sound is always looked for.
    pub profile: &'a str,
    pub profiles: &'a [String],
    /// Those that have a classifier.
    pub learned: &'a [String],
    pub watched: &'a [String],
}

impl WatchList<'_> {
    /// Draws the ticks; nothing while there is no other profile.
    pub fn show(&self, ui: &mut Ui) -> Option<Action> {
        let others = || self.profiles.iter().filter(|name| *name != self.profile);
        others().next()?;
        ui.separator();
        ui.label(weak("Also look for"));
        let mut action = None;
        for name in others() {
            let mut is_watched = self.watched.contains(name);
            let can_find = self.learned.contains(name);
            let label = match can_find {
                true => format!("Sound of {name}"),
                false => format!("Sound of {name} (not trained)"),
            };
            let can_choose = can_find || is_watched;
            let tick = egui::Checkbox::new(&mut is_watched, label);
            let tick = ui
                .add_enabled(can_choose, tick)
                .on_hover_text("Looks for this sound too, in what plays and in every scan.")
                .on_disabled_hover_text("Train this profile first.");
            if tick.changed() {
                action = Some(self.with(name, is_watched));
            }
        }
        action
    }

    /// The list with or without `name`.
    fn with(&self, name: &str, is_watched: bool) -> Action {
        let kept = self.watched.iter().filter(|watched| *watched != name);
        let mut profiles: Vec<String> = kept.cloned().collect();
        if is_watched {
            profiles.push(name.to_owned());
        }
        Command::Show(Show::Watched { profiles }).into()
    }
}
