//! Paints egui's triangles without a graphics card: the same pixels on every machine.
//!
//! As egui's own renderers: colours are multiplied and blended as they are kept, premultiplied and in gamma space; textures
//! are interpolated; an edge that two triangles share belongs to one of them (the top-left rule), because what is
//! translucent must not be painted twice.

use std::collections::HashMap;

use egui::epaint::{Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, ImageData, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};

use crate::editor::theme;

/// Steps within a pixel that corners are rounded to; graphics cards take as many.
const SUBPIXELS: f32 = 256.0;

/// Textures as they are now.
#[derive(Default)]
pub struct Painter {
    textures: HashMap<TextureId, ColorImage>,
}

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in changes {
                let ImageData::Color(image) = change.image;
                match (change.pos, self.textures.get_mut(&id)) {
                    (Some([left, top]), Some(texture)) => {
                        for (row, pixels) in image.pixels.chunks(image.size[0]).enumerate() {
                            let start = (top + row) * texture.size[0] + left;
                            texture.pixels[start..start + pixels.len()].copy_from_slice(pixels);
                        }
                    }
                    _ => {
                        self.textures.insert(id, image.as_ref().clone());
                    }
                }
            }
        }
        delta.clear();
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.viewport_rect().size() * scale;
        let mut canvas = RgbaImage::from_pixel(
            size.x.round() as u32,
            size.y.round() as u32,
            Rgba(theme::colours().background.to_array()),
        );
        for painted in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = painted.primitive else {
                return Err(String::from("a paint callback cannot be painted"));
            };
            let texture = self
                .textures
                .get(&mesh.texture_id)
                .ok_or("a texture is missing")?;
            let clip = painted.clip_rect * scale;
            let edge = |at: f32, most: u32| (at.round().max(0.0) as u32).min(most);
            let clip = [
                edge(clip.min.x, canvas.width()),
                edge(clip.min.y, canvas.height()),
                edge(clip.max.x, canvas.width()),
                edge(clip.max.y, canvas.height()),
            ];
            paint(&mut canvas, clip, scale, &mesh, texture);
        }
        Ok(canvas)
    }
}

fn paint(canvas: &mut RgbaImage, clip: [u32; 4], scale: f32, mesh: &Mesh, texture: &ColorImage) {
    for corners in mesh.indices.chunks_exact(3) {
        let mut corners = [corners[0], corners[1], corners[2]].map(|it| mesh.vertices[it as usize]);
        let fixed = |vertex: &Vertex| {
            let at = |points: f32| (points * scale * SUBPIXELS).round() as i64;
            (at(vertex.pos.x), at(vertex.pos.y))
        };
        if cross(fixed(&corners[0]), fixed(&corners[1]), fixed(&corners[2])) < 0 {
            corners.swap(1, 2);
        }
        let at = [&corners[0], &corners[1], &corners[2]].map(fixed);
        let area = cross(at[0], at[1], at[2]);
        if area == 0 {
            continue;
        }
        // What is on an edge belongs to this triangle only if it is a top or a left one.
        let bias = [(1, 2), (2, 0), (0, 1)].map(|(from, to)| {
            let (along, down) = (at[to].0 - at[from].0, at[to].1 - at[from].1);
            i64::from(!(down < 0 || (down == 0 && along > 0)))
        });
        let one = SUBPIXELS as i64;
        let bounds = |of: fn(&(i64, i64)) -> i64, low: u32, high: u32| {
            let least = at.iter().map(of).min().unwrap_or(0).div_euclid(one);
            let most = at.iter().map(of).max().unwrap_or(0).div_euclid(one) + 1;
            least.max(i64::from(low))..most.min(i64::from(high))
        };
        let columns = bounds(|at| at.0, clip[0], clip[2]);
        // What stays the same over the whole triangle is found out once; it is most of what a window is made of.
        let flat = is_flat(&corners).then(|| source(&corners, [1.0, 0.0, 0.0], texture));
        for y in bounds(|at| at.1, clip[1], clip[3]) {
            let first = (columns.start * one + one / 2, y * one + one / 2);
            let mut weights =
                [(1, 2), (2, 0), (0, 1)].map(|(from, to)| cross(at[from], at[to], first));
            let steps = [(1, 2), (2, 0), (0, 1)].map(|(from, to)| (at[from].1 - at[to].1) * one);
            for x in columns.clone() {
                let is_inside =
                    weights[0] >= bias[0] && weights[1] >= bias[1] && weights[2] >= bias[2];
                if is_inside {
                    let source = flat.unwrap_or_else(|| {
                        let weights = weights.map(|weight| weight as f32 / area as f32);
                        source(&corners, weights, texture)
                    });
                    blend(canvas.get_pixel_mut(x as u32, y as u32), source);
                }
                weights[0] += steps[0];
                weights[1] += steps[1];
                weights[2] += steps[2];
            }
        }
    }
}

/// Whether a triangle has one colour all over.
fn is_flat(corners: &[Vertex; 3]) -> bool {
    let [first, others @ ..] = corners;
    others
        .iter()
        .all(|other| other.color == first.color && other.uv == first.uv)
}

/// Twice the area of a triangle; positive when its corners go round clockwise, with y downwards.
fn cross(a: (i64, i64), b: (i64, i64), c: (i64, i64)) -> i64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Premultiplied red, green, blue and alpha, 0 to 255, of a point in a triangle.
fn source(corners: &[Vertex; 3], weights: [f32; 3], texture: &ColorImage) -> [f32; 4] {
    let mut colour = [0.0; 4];
    let (mut u, mut v) = (0.0, 0.0);
    for (corner, weight) in corners.iter().zip(weights) {
        for (sum, channel) in colour.iter_mut().zip(corner.color.to_array()) {
            *sum += weight * f32::from(channel);
        }
        u += weight * corner.uv.x;
        v += weight * corner.uv.y;
    }
    let sampled = sample(texture, u, v);
    std::array::from_fn(|channel| colour[channel] * sampled[channel] / 255.0)
}

fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let texel = |x: f32, y: f32| -> Color32 {
        let x = (x.max(0.0) as usize).min(width - 1);
        let y = (y.max(0.0) as usize).min(height - 1);
        texture.pixels[y * width + x]
    };
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right, below) = (x - left, y - top);
    let mut sampled = [0.0; 4];
    for (dx, across) in [(0.0, 1.0 - right), (1.0, right)] {
        for (dy, down) in [(0.0, 1.0 - below), (1.0, below)] {
            let weight = across * down;
            if weight > 0.0 {
                let found = texel(left + dx, top + dy).to_array();
                for (sum, channel) in sampled.iter_mut().zip(found) {
                    *sum += weight * f32::from(channel);
                }
            }
        }
    }
    sampled
}

fn blend(pixel: &mut Rgba<u8>, source: [f32; 4]) {
    if source[3] <= 0.0 && source[0] <= 0.0 {
        return;
    }
    let through = 1.0 - source[3] / 255.0;
    for (below, above) in pixel.0.iter_mut().zip(source) {
        *below = (above + through * f32::from(*below)).round() as u8;
    }
}
