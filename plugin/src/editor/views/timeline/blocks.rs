//! Paints the regions: a tinted block with a coloured cap and the pattern of its state, handles at the ends that the user can drag,
//! and an outline of the region as the scan found it.
//!
//! The cost grows with the width of the timeline: where many regions share a point, the point shows the most important state.

use earmark_core::protocol::{RegionChange, RegionState, RegionView, ShownId};
use earmark_core::time::Span;
use egui::{Align2, Color32, Mesh, Painter, Rect, Stroke, StrokeKind, pos2};

use super::edges::Drag;
use super::frequencies::AxisLane;
use super::patterns::{bars, block, hatch, outline_dashed};
use super::scale::{Lanes, Scale};
use crate::editor::region_index::{Place, RegionIndex};
use crate::editor::selection::Selection;
use crate::editor::theme;
use crate::editor::theme::sounds::{STRIP_HEIGHT, paint_strip};

/// Height of the coloured cap above a region.
const CAP_HEIGHT: f32 = 5.0;
/// With more regions than this, the timeline paints points instead of regions.
const MOST_APART: usize = 300;
/// Narrower than this nothing but caps can be seen, in points.
const NARROW: f32 = 6.0;
/// The smallest width of a region with handles, in points.
const ROOM_FOR_HANDLES: f32 = 14.0;

/// The regions of one frame.
pub struct Blocks<'a> {
    pub regions: &'a [RegionView],
    /// Several sounds are looked for: each region shows which it is of.
    pub has_sounds: bool,
    pub index: &'a RegionIndex,
    pub selection: &'a Selection,
    /// Which regions are selected, by index.
    pub picked: &'a [bool],
    pub drag: Option<Drag>,
    /// While the spectrogram is on show: where frequencies are.
    pub axis: Option<AxisLane>,
}

/// The look of one block.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    state: RegionState,
    selected: bool,
    exported: bool,
    /// The sound that its strip shows; `None` while only one is looked for, and where several share a point.
    sound: Option<u16>,
}

impl Blocks<'_> {
    /// Paints all regions in the visible span.
    pub fn paint(&self, painter: &Painter, lanes: Lanes, scale: Scale) {
        let places: Vec<Place> = self.index.within(scale.from_s, scale.to_s).collect();
        if places.len() > MOST_APART {
            self.paint_columns(painter, lanes, scale, &places);
        } else {
            let mut mesh = Mesh::default();
            let strip = Strip {
                blocks: self,
                painter,
                lanes,
                scale,
            };
            for place in &places {
                strip.paint_region(&mut mesh, *place);
            }
            painter.add(mesh);
        }
        // On top of all others, however narrow.
        if let Some(id) = self.selection.cursor()
            && let Some(region) = self.index.index_of(id).and_then(|at| self.regions.get(at))
            && self.selection.contains(id)
        {
            let rect = block(lanes, scale, self.now(region));
            let stroke = Stroke::new(2.0, theme::colours().strong);
            painter.rect_stroke(rect, 0, stroke, StrokeKind::Inside);
        }
    }

    /// The span of a region, also during a drag of its edge.
    fn now(&self, region: &RegionView) -> Span {
        match self.drag {
            Some(Drag::Edge { handle, to, .. }) if region.id == Some(handle.region.into()) => to,
            _ => region.span,
        }
    }

    fn is_picked(&self, place: Place) -> bool {
        self.picked
            .get(place.index as usize)
            .copied()
            .unwrap_or(false)
    }

    fn sound_of(&self, place: Place) -> Option<u16> {
        let region = self.regions.get(place.index as usize)?;
        self.has_sounds.then_some(region.sound)
    }

    /// The most important state of each point, in blocks of equal points.
    fn paint_columns(&self, painter: &Painter, lanes: Lanes, scale: Scale, places: &[Place]) {
        let width = scale.x.span().ceil().max(1.0) as usize;
        let mut columns: Vec<Option<Look>> = vec![None; width];
        for &place in places {
            let look = Look {
                state: place.state,
                selected: self.is_picked(place),
                exported: false,
                sound: self.sound_of(place),
            };
            let column = |time_s: f64| (scale.x_of(time_s) - scale.x.min).clamp(0.0, width as f32);
            let first = (column(place.start_s) as usize).min(width - 1);
            let last = (column(place.end_s) as usize).clamp(first, width - 1);
            for slot in columns.get_mut(first..=last).unwrap_or_default() {
                let selected = look.selected || slot.is_some_and(|known| known.selected);
                let state = match slot {
                    Some(known) if rank(known.state) >= rank(look.state) => known.state,
                    _ => look.state,
                };
                let sound = match slot {
                    Some(known) if known.sound != look.sound => None,
                    _ => look.sound,
                };
                *slot = Some(Look {
                    state,
                    selected,
                    exported: false,
                    sound,
                });
            }
        }
        let mut mesh = Mesh::default();
        let mut left = 0;
        for run in columns.chunk_by(|a, b| a == b) {
            if let Some(Some(look)) = run.first() {
                let from = scale.x.min + left as f32;
                let to = from + run.len() as f32;
                let rect = Rect::from_x_y_ranges(from..=to, lanes.body().y_range());
                paint_block(painter, &mut mesh, rect, *look);
                paint_sound(painter, &mut mesh, rect, *look);
            }
            left += run.len();
        }
        painter.add(mesh);
    }
}

/// Where the regions of one frame are painted.
struct Strip<'a> {
    blocks: &'a Blocks<'a>,
    painter: &'a Painter,
    lanes: Lanes,
    scale: Scale,
}

impl Strip<'_> {
    fn paint_region(&self, mesh: &mut Mesh, place: Place) {
        let &Self {
            blocks,
            painter,
            lanes,
            scale,
        } = self;
        let Some(region) = blocks.regions.get(place.index as usize) else {
            return;
        };
        let now = blocks.now(region);
        let rect = block(lanes, scale, now);
        let look = Look {
            state: region.state,
            selected: blocks.is_picked(place),
            exported: region.exported,
            sound: blocks.sound_of(place),
        };
        let ghost = region
            .original
            .or((now != region.span).then_some(region.span));
        if let Some(ghost) = ghost
            && rect.width() >= NARROW
        {
            paint_ghost(painter, block(lanes, scale, ghost));
        }
        paint_block(painter, mesh, rect, look);
        paint_sound(painter, mesh, rect, look);
        if let (Some(axis), Some(band)) = (blocks.axis, region.band) {
            let colour = theme::state_colour(region.state);
            let stroke = Stroke::new(1.5, colour);
            painter.rect_stroke(axis.box_of(rect, band), 0, stroke, StrokeKind::Inside);
        }
        if let Some(change) = region.change {
            paint_change(painter, rect, change, |from| block(lanes, scale, from));
        }
        let is_resizable = region.id.and_then(ShownId::region).is_some();
        if look.selected && is_resizable && rect.width() >= ROOM_FOR_HANDLES {
            paint_handles(painter, rect);
        }
    }
}

/// The strip below the cap that says which sound a region is of, in the colour and the pattern of the sound.
fn paint_sound(painter: &Painter, mesh: &mut Mesh, rect: Rect, look: Look) {
    if let Some(sound) = look.sound {
        let top = rect.top() + CAP_HEIGHT + 6.0;
        let strip = Rect::from_x_y_ranges(rect.x_range(), top..=top + STRIP_HEIGHT);
        paint_strip(mesh, strip, painter.clip_rect(), sound);
    }
}

/// The importance of a state where several regions share a point: unjudged ones first.
fn rank(state: RegionState) -> u8 {
    match state {
        RegionState::Found => 5,
        RegionState::Provisional => 4,
        RegionState::Unsure => 3,
        RegionState::Positive => 2,
        RegionState::Negative => 1,
        RegionState::Disabled => 0,
        RegionState::Noted => 0,
    }
}

fn paint_block(painter: &Painter, mesh: &mut Mesh, rect: Rect, look: Look) {
    if rect.width() < NARROW {
        paint_narrow(mesh, rect, look);
        return;
    }
    let colour = theme::state_colour(look.state);
    let painter = painter.with_clip_rect(rect.expand(1.0).intersect(painter.clip_rect()));
    let cap = Rect::from_x_y_ranges(rect.x_range(), rect.top()..=rect.top() + CAP_HEIGHT);
    let fill = if look.selected { 0.34 } else { 0.16 };
    match look.state {
        RegionState::Found | RegionState::Positive => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(fill));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Negative => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.6 * fill));
            hatch(&painter, rect, colour.gamma_multiply(0.55));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Unsure => {
            // Upright bars, as opposed to the slanted ones of a negative.
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.6 * fill));
            bars(&painter, rect, colour.gamma_multiply(0.45));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Disabled => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.5 * fill));
            painter.rect_stroke(cap, 0, Stroke::new(1.0, colour), StrokeKind::Inside);
        }
        RegionState::Provisional => outline_dashed(&painter, rect, colour),
        // Without a cap: nothing was found or marked here.
        RegionState::Noted => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.5 * fill));
            painter.rect_filled(foot(rect), 0, colour);
        }
    }
    if look.state == RegionState::Positive {
        // A solid foot besides the cap: a positive is told from a find without its colour.
        painter.rect_filled(foot(rect), 0, colour);
    }
    if look.exported {
        paint_exported(&painter, rect, colour);
    }
    if look.selected {
        let stroke = Stroke::new(1.0, theme::colours().strong);
        painter.rect_stroke(rect, 0, stroke, StrokeKind::Inside);
    }
}

/// A block of a few points, which tells the states apart by its caps.
fn paint_narrow(mesh: &mut Mesh, rect: Rect, look: Look) {
    let colour = theme::state_colour(look.state);
    let mut add = |rect: Rect, colour: Color32| mesh.add_colored_rect(rect, colour);
    let strip = |from: f32, to: f32| {
        Rect::from_x_y_ranges(rect.x_range(), rect.top() + from..=rect.top() + to)
    };
    let fill = match look.state {
        RegionState::Provisional | RegionState::Noted => 0.08,
        RegionState::Disabled => 0.1,
        _ => 0.22,
    };
    add(rect, colour.gamma_multiply(fill));
    if look.selected {
        add(rect, theme::colours().strong.gamma_multiply(0.25));
    }
    match look.state {
        RegionState::Found => add(strip(0.0, CAP_HEIGHT), colour),
        RegionState::Positive => {
            add(strip(0.0, CAP_HEIGHT), colour);
            add(foot(rect), colour);
        }
        RegionState::Negative => {
            add(strip(0.0, 2.0), colour);
            add(strip(CAP_HEIGHT - 1.0, CAP_HEIGHT + 1.0), colour);
        }
        RegionState::Unsure => {
            add(strip(0.0, 2.0), colour);
            add(strip(4.0, 6.0), colour);
            add(strip(8.0, 10.0), colour);
        }
        RegionState::Disabled => add(strip(0.0, 1.0), colour),
        RegionState::Provisional => {
            add(strip(0.0, 1.0), colour);
            add(strip(rect.height() - 1.0, rect.height()), colour);
        }
        RegionState::Noted => add(foot(rect), colour.gamma_multiply(0.5)),
    }
}

fn foot(rect: Rect) -> Rect {
    Rect::from_x_y_ranges(rect.x_range(), rect.bottom() - CAP_HEIGHT..=rect.bottom())
}

/// A cut corner: Earmark has exported its clip.
fn paint_exported(painter: &Painter, rect: Rect, colour: Color32) {
    let size = 9.0_f32.min(rect.width());
    let corner = rect.right_bottom();
    let cut = vec![
        corner,
        pos2(corner.x - size, corner.y),
        pos2(corner.x, corner.y - size),
    ];
    painter.add(egui::Shape::convex_polygon(cut, colour, Stroke::NONE));
}

/// The outline of a region before the user changed its span.
fn paint_ghost(painter: &Painter, rect: Rect) {
    let faint = theme::colours().text.gamma_multiply(0.55);
    outline_dashed(painter, rect.shrink2(egui::vec2(0.0, 2.0)), faint);
}

/// The change of a region since the compared version: a plus for a new one, an arrow and an outline of the old span for a moved
/// one, nothing for a kept one.
fn paint_change(
    painter: &Painter,
    rect: Rect,
    change: RegionChange,
    block_of: impl Fn(Span) -> Rect,
) {
    let glyph = match change {
        RegionChange::Kept => return,
        RegionChange::New => "+",
        RegionChange::Moved { from } => {
            paint_ghost(painter, block_of(from));
            "↔"
        }
    };
    if rect.width() > 8.0 {
        painter.text(
            pos2(rect.left() + 2.0, rect.top() + CAP_HEIGHT + 1.0),
            Align2::LEFT_TOP,
            glyph,
            theme::digits(),
            theme::colours().strong,
        );
    }
}

/// A handle at each end.
fn paint_handles(painter: &Painter, rect: Rect) {
    for x in [rect.left(), rect.right() - 3.0] {
        let grip = Rect::from_center_size(pos2(x + 1.5, rect.center().y), egui::vec2(3.0, 18.0));
        painter.rect_filled(grip, 1.0, theme::colours().strong);
    }
}
