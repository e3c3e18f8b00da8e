//! The weights of the boundary model. Written by `cargo xtask eval --fit-edges`; do not edit.

use super::{LOCAL, SHARED};

/// Of each hidden unit: what it makes of a place and of the flank, its bias, and how much it counts.
pub(super) type Unit = ([f32; LOCAL], [f32; SHARED], f32, f32);

pub(super) const OUTPUT_BIAS: f32 = 0.0;

pub(super) static UNITS: [Unit; 1] = [([0.0; LOCAL], [0.0; SHARED], 0.0, 0.0)];
