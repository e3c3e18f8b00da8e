//! Repeatable synthetic embeddings for the tests of this room.

use ndarray::Array2;

use super::{Compression, Example, Origin, Space, View};

/// A linear congruential generator (the constants of Knuth's MMIX) with roughly normal output.
pub(crate) struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn uniform(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Mean 0, variance 1: the sum of twelve uniform values.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }

    pub fn vector(&mut self, dims: usize) -> Vec<f32> {
        (0..dims).map(|_| self.normal()).collect()
    }

    pub fn matrix(&mut self, rows: usize, dims: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, dims), |_| self.normal())
    }

    /// Vectors like an embedding after its rectifier: non-negative, around `centre`.
    pub fn near(&mut self, centre: &[f32], spread: f32) -> Vec<f32> {
        centre
            .iter()
            .map(|c| (c + spread * self.normal()).max(0.0))
            .collect()
    }
}

/// A sound, a look-alike close to it, and everything else.
pub(crate) struct World {
    pub noise: Noise,
    pub sound: Vec<f32>,
    pub look_alike: Vec<f32>,
    pub dims: usize,
}

impl World {
    pub fn new(seed: u64, dims: usize) -> Self {
        let mut noise = Noise::new(seed);
        let sound: Vec<f32> = noise.vector(dims).iter().map(|v| v.abs()).collect();
        let away: Vec<f32> = noise.vector(dims).iter().map(|v| v.abs()).collect();
        let look_alike = sound
            .iter()
            .zip(&away)
            .map(|(s, a)| 0.55 * s + 0.45 * a)
            .collect();
        Self {
            noise,
            sound,
            look_alike,
            dims,
        }
    }

    pub fn a_sound(&mut self) -> Vec<f32> {
        let centre = self.sound.clone();
        self.noise.near(&centre, 0.4)
    }

    pub fn a_look_alike(&mut self) -> Vec<f32> {
        let centre = self.look_alike.clone();
        self.noise.near(&centre, 0.4)
    }

    pub fn a_background(&mut self) -> Vec<f32> {
        let centre: Vec<f32> = self
            .noise
            .vector(self.dims)
            .iter()
            .map(|v| v.abs())
            .collect();
        self.noise.near(&centre, 0.4)
    }

    /// `positives` clips with a mixed copy each, and `background` windows; a group per clip, one per ten windows.
    pub fn examples(&mut self, positives: u32, background: u32) -> Vec<Example> {
        let mut examples = Vec::new();
        for group in 0..positives {
            let clip = self.a_sound();
            let other = self.a_background();
            let mixed = clip
                .iter()
                .zip(&other)
                .map(|(a, b)| a.max(0.5 * b))
                .collect();
            examples.push(Example {
                vector: clip,
                origin: Origin::Clip,
                group,
            });
            examples.push(Example {
                vector: mixed,
                origin: Origin::Mixed,
                group,
            });
        }
        for i in 0..background {
            let vector = self.a_background();
            examples.push(Example {
                vector,
                origin: Origin::Background,
                group: 1000 + i / 10,
            });
        }
        examples
    }
}

impl World {
    /// The space of vectors of `views`, learned from background.
    pub fn space(&mut self, views: &[usize]) -> Space {
        let pool: Vec<f32> = (0..4_000).flat_map(|_| self.a_background()).collect();
        Space::learn(&pool, &views_of(views))
    }
}

/// The space that the vectors of `examples` make, as one view.
pub(crate) fn space_of(examples: &[Example]) -> Space {
    let pool: Vec<f32> = examples
        .iter()
        .flat_map(|example| example.vector.clone())
        .collect();
    let dims = examples.first().map_or(1, |example| example.vector.len());
    Space::learn(&pool, &views_of(&[dims]))
}

fn views_of(dims: &[usize]) -> Vec<View> {
    let views = dims.iter().map(|&dims| View {
        dims,
        compression: Compression::SquareRoot,
    });
    views.collect()
}

pub(crate) fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}
