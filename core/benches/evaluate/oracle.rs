//! What the shipped head would learn from if you had marked all of file A and had no clips from elsewhere.
//!
//! On file A it is the most that marks can give, on file B it shows what one file teaches about another.

use earmark_core::classifier::{Example, Origin};
use earmark_core::time::Span;
use earmark_core::worker::Material;

use super::Failure;
use super::session::{Lesson, Session};

/// Windows of one stretch are measured together, as in a training by the engine.
const STRETCH_WINDOWS: usize = 160;
/// Numbers of the stretches, which no positive has.
const FIRST_STRETCH: u32 = 1_000_000;

/// Every event of `truth` as a confirmed clip, and as background every window of file A that touches none. Where these are
/// too many for a training, the head thins them evenly.
pub fn examples(
    session: &mut Session<'_>,
    lesson: Lesson<'_>,
    truth: &[Span],
) -> Result<Material, Failure> {
    for event in truth {
        session.confirm(lesson, *event)?;
    }
    let mut material = session.examples(lesson)?;
    let examples = &mut material.examples;
    examples.retain(|example| example.origin == Origin::Confirmed);
    let searched = session.searched(lesson.model)?;
    for (index, vector) in searched.file_a.chunks(searched.dims).enumerate() {
        let window = searched.window(index)?;
        if truth.iter().any(|event| event.overlap_s(window) > 0.0) {
            continue;
        }
        examples.push(Example {
            vector: vector.to_vec(),
            origin: Origin::Background,
            group: FIRST_STRETCH + u32::try_from(index / STRETCH_WINDOWS)?,
        });
    }
    Ok(material)
}
