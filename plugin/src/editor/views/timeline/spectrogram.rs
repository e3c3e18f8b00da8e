//! The spectrogram in the place of the waveform: asks the engine for the visible span and frequencies once the view rests, and shows
//! the answer as a texture.
//!
//! A thread of the engine computes it; this module runs on the window's thread and never waits. Until the next spectrogram
//! arrives, the last one stays at its place in time.

use std::sync::Arc;

use earmark_core::protocol::{
    Command, FrequencyAxis, ROWS, Show, SpectrogramLook, SpectrogramView, SpectrogramWish,
};
use earmark_core::time::Span;
use egui::{Color32, ColorImage, Painter, Rect, TextureHandle, TextureOptions, Ui, lerp, pos2};

use super::frequencies::AxisLane;
use super::scale::Scale;
use crate::editor::theme;

/// The requests and the texture of the window.
#[derive(Clone, Default)]
pub struct SpectrogramLane {
    wanted: bool,
    /// The last request.
    asked: Option<SpectrogramWish>,
    /// The visible span of the previous frame.
    before: Option<SpectrogramWish>,
    shown: Option<Shown>,
}

/// A texture, and what it was made of.
#[derive(Clone)]
struct Shown {
    view: Arc<SpectrogramView>,
    palette: &'static theme::Palette,
    look: SpectrogramLook,
    texture: TextureHandle,
}

impl std::fmt::Debug for SpectrogramLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpectrogramLane")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl SpectrogramLane {
    /// Whether the user wants it instead of the waveform.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Switches between spectrogram and waveform. The command tells the engine that the window needs no spectrogram.
    pub fn follow(&mut self, wanted: bool) -> Option<Command> {
        if self.wanted == wanted {
            return None;
        }
        *self = Self {
            wanted,
            ..Self::default()
        };
        (!wanted).then_some(Command::Show(Show::Spectrogram(None)))
    }

    /// Another window is open, which has no texture yet.
    pub fn reset_textures(&mut self) {
        *self = Self {
            wanted: self.wanted,
            ..Self::default()
        };
    }

    /// Asks for the visible span and the frequencies of `axis`, once the view has rested for a frame.
    pub fn ask(
        &mut self,
        ui: &Ui,
        filename: &str,
        scale: Scale,
        axis: FrequencyAxis,
    ) -> Option<Command> {
        if !self.wanted {
            return None;
        }
        let wish = SpectrogramWish {
            filename: filename.to_owned(),
            span: Span::new(scale.from_s, scale.to_s).ok()?,
            columns: scale.x.span().ceil().max(1.0) as usize,
            axis,
        };
        if self.before.as_ref() != Some(&wish) {
            // The view still moves.
            self.before = Some(wish);
            ui.ctx().request_repaint();
            return None;
        }
        if self.asked.as_ref() == Some(&wish) {
            return None;
        }
        self.asked = Some(wish.clone());
        Some(Command::Show(Show::Spectrogram(Some(wish))))
    }

    /// Paints the latest spectrogram of the shown take at its place in time and frequency.
    pub fn paint(
        &mut self,
        painter: &Painter,
        lane: AxisLane,
        scale: Scale,
        latest: Option<&Arc<SpectrogramView>>,
    ) {
        let look = lane.look;
        let Some(latest) = latest.filter(|_| self.wanted) else {
            return;
        };
        let palette = theme::colours();
        let is_shown = |shown: &Shown| {
            Arc::ptr_eq(&shown.view, latest)
                && std::ptr::eq(shown.palette, palette)
                && shown.look == look
        };
        if !self.shown.as_ref().is_some_and(is_shown) {
            let image = image(latest, palette, look);
            let texture = painter
                .ctx()
                .load_texture("spectrogram", image, TextureOptions::LINEAR);
            self.shown = Some(Shown {
                view: Arc::clone(latest),
                palette,
                look,
                texture,
            });
        }
        // One on another scale has its rows elsewhere: the next one is on its way.
        let shown = self.shown.as_ref();
        let shown = shown.filter(|it| it.view.picture.axis.scale() == lane.axis.scale());
        if let Some(Shown { view, texture, .. }) = shown {
            let (span, band) = (view.picture.span, view.picture.axis.band());
            let rect = Rect::from_x_y_ranges(
                scale.x_of(span.start_s())..=scale.x_of(span.end_s()),
                lane.y_of(band.high_hz())..=lane.y_of(band.low_hz()),
            );
            let visible = Rect::from_x_y_ranges(scale.x, lane.rect.y_range());
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            let painter = painter.with_clip_rect(visible.intersect(painter.clip_rect()));
            painter.image(texture.id(), rect, whole, Color32::WHITE);
        }
    }
}

/// The levels as colours, from the background to the brightest.
fn image(view: &SpectrogramView, palette: &theme::Palette, look: SpectrogramLook) -> ColorImage {
    let stops = [
        palette.sunken,
        palette.selection,
        palette.score,
        palette.strong,
    ];
    let shades = (0..=255_u8).map(|level| look.shade(f32::from(level) / 255.0));
    let shades: Vec<Color32> = shades.map(|level| shade(&stops, level)).collect();
    let picture = &view.picture;
    let mut pixels = Vec::with_capacity(picture.columns * ROWS);
    // Images run from the top, pitches from the bottom.
    for row in (0..ROWS).rev() {
        let levels = picture.levels.iter().skip(row).step_by(ROWS);
        pixels.extend(
            levels.map(|&level| shades.get(usize::from(level)).copied().unwrap_or_default()),
        );
    }
    ColorImage::new([picture.columns, ROWS], pixels)
}

/// The colour of a level from 0 to 1.
fn shade(stops: &[Color32], level: f32) -> Color32 {
    let at = level * (stops.len() - 1) as f32;
    let from = (at.floor() as usize).min(stops.len().saturating_sub(2));
    let part = at - from as f32;
    let (Some(low), Some(high)) = (stops.get(from), stops.get(from + 1)) else {
        return Color32::BLACK;
    };
    let mixed = |low: u8, high: u8| lerp(f32::from(low)..=f32::from(high), part) as u8;
    Color32::from_rgb(
        mixed(low.r(), high.r()),
        mixed(low.g(), high.g()),
        mixed(low.b(), high.b()),
    )
}
