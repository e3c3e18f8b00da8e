// Differs from 0.9.0, which has a second renderer, `wgpu`.
#[cfg(feature = "opengl")]
mod opengl;
#[cfg(feature = "opengl")]
pub use opengl::renderer::{GraphicsConfig, Renderer};
