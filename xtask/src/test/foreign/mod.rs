//! What other systems than this one must pass: Windows runs here, under Wine; macOS is type-checked.
//!
//! Part of the gate where the tools are there or may be installed. Elsewhere the gate says which system it did not test.

mod macos;
mod session;
mod side;
mod windows;

pub(super) use macos::run as macos;
pub(super) use windows::run as windows;

use crate::foreign::Target;
use anyhow::Result;

/// Whether to go on for `target`: everything is there now. Not when the gate runs where that cannot be; alone, a section
/// fails then.
fn is_provided(target: &Target, alone: bool) -> Result<bool> {
    if !alone && let Some(obstacle) = target.obstacle()? {
        println!("{} is not tested here: {obstacle}", target.name);
        return Ok(false);
    }
    target.provide()?;
    Ok(true)
}
