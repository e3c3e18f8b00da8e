//! On other systems nothing passes the window on.

use egui::accesskit::TreeUpdate;
use nice_plug_egui::Frame;

use super::Asked;

/// Shows nothing.
pub struct Adapter;

impl Adapter {
    /// Does nothing.
    pub fn open(_frame: &Frame, _asked: Asked) -> Self {
        Self
    }

    /// Does nothing.
    pub fn show(&self, _tree: TreeUpdate) {}

    /// Does nothing.
    pub fn tell_focus(&self, _is_focused: bool) {}
}
