//! Which sound a row is of, where several are looked for: the cell with the sound's colour and pattern, and the menu that lists one
//! sound alone. Runs on the window's thread. It must draw nothing while only one sound is looked for.

use earmark_core::protocol::{RegionView, SoundView};
use egui::{Mesh, Rect, Sense, Ui, vec2};

use super::Results;
use crate::editor::action::Action;
use crate::editor::theme::sounds::{STRIP_HEIGHT, paint_strip};
use crate::editor::widgets::named_drop_down;

/// Width of the sample of a sound's strip, in points.
const SAMPLE: f32 = 18.0;
const ALL: &str = "all sounds";

impl Results<'_> {
    /// Whether the table says which sound a row is of.
    pub(super) fn has_sounds(&self) -> bool {
        self.sounds.len() > 1
    }

    fn sound_of(&self, region: &RegionView) -> Option<&SoundView> {
        self.sounds.get(usize::from(region.sound))
    }

    /// The cell: a piece of the strip that the timeline shows, and the name.
    pub(super) fn sound(&self, ui: &mut Ui, region: &RegionView) {
        let Some(sound) = self.sound_of(region) else {
            return;
        };
        sample(ui, region.sound);
        ui.add(egui::Label::new(&sound.profile).truncate());
    }

    /// What the accessible name of a row says of its sound.
    pub(super) fn spoken_sound(&self, region: &RegionView) -> String {
        let sound = self.sound_of(region).filter(|_| self.has_sounds());
        sound.map_or_else(String::new, |sound| format!(", sound {}", sound.profile))
    }

    /// The menu of the sounds to list.
    pub(super) fn which_sound(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if !self.has_sounds() {
            return;
        }
        let is_known = |name: &&str| self.sounds.iter().any(|sound| sound.profile == *name);
        let listed = self.listed_sound.filter(is_known);
        named_drop_down(ui, "Sounds", listed.unwrap_or(ALL), 96.0, |ui| {
            if ui.selectable_label(listed.is_none(), ALL).clicked() {
                actions.push(Action::ListSound(None));
                ui.close();
            }
            for (number, sound) in (0..).zip(self.sounds) {
                ui.horizontal(|ui| {
                    sample(ui, number);
                    let is_listed = listed == Some(sound.profile.as_str());
                    let words = format!("only {}", sound.profile);
                    if ui.selectable_label(is_listed, words).clicked() {
                        actions.push(Action::ListSound(Some(sound.profile.clone())));
                        ui.close();
                    }
                });
            }
        });
    }
}

/// A piece of the strip of the sound `number`.
fn sample(ui: &mut Ui, number: u16) {
    let (place, _) = ui.allocate_exact_size(vec2(SAMPLE, STRIP_HEIGHT), Sense::hover());
    if ui.is_rect_visible(place) {
        let rect = Rect::from_center_size(place.center(), place.size());
        let mut mesh = Mesh::default();
        paint_strip(&mut mesh, rect, rect, number);
        ui.painter().add(mesh);
    }
}
