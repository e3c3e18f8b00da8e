//! Learning, searching, correcting: what a user does with one target.

use earmark_core::scan::evaluate::{Verdict, judge};
use earmark_core::scan::{WindowScores, peaks};
use earmark_core::time::Span;
use serde::Serialize;

use super::Failure;
use super::figures::Figures;
use super::heads::{Heads, Kind};
use super::material::Target;
use super::oracle;
use super::session::{Lesson, Session, Side};

/// Rounds of correcting after the first search.
pub const ROUNDS: usize = 3;
/// False hits marked in a round, and true hits confirmed in it at most.
const MARKS: usize = 10;

/// One search with what was learned by then.
#[derive(Serialize)]
pub struct Outcome {
    target: String,
    head: Kind,
    /// The target took no part in choosing.
    held_out: bool,
    round: usize,
    examples: usize,
    train_seconds: f64,
    suggested_threshold: Option<f32>,
    in_silence: Option<f32>,
    in_noise: Option<f32>,
    file_a: Figures,
    file_b: Figures,
}

/// Learns `target` with one head, [`ROUNDS`] times after the first, in a profile of its own. The oracle learns once: it knows
/// all that a round could tell it.
pub fn learn(
    session: &mut Session<'_>,
    target: &Target,
    head: Kind,
    heads: &mut Heads,
) -> Result<Vec<Outcome>, Failure> {
    let profile = format!("{head:?} {}", target.name);
    let model = heads.models.of(head).to_owned();
    let lesson = Lesson {
        profile: &profile,
        class: &target.name,
        model: &model,
    };
    let truth_a = session.material.file_a.truth(&target.name)?;
    let truth_b = session.material.file_b.truth(&target.name)?;
    let rounds = if head == Kind::Oracle { 0 } else { ROUNDS };
    if head != Kind::Oracle {
        for example in &target.examples {
            session.add_file(lesson, example)?;
        }
    }
    let mut outcomes = Vec::new();
    let mut reviewed: Vec<Span> = Vec::new();
    for round in 0..=rounds {
        let learned = match head {
            Kind::Oracle => oracle::examples(session, lesson, &truth_a)?,
            _ => session.examples(lesson)?,
        };
        let count = learned.examples.len();
        let searched = session.searched(&model)?;
        let answer = heads.ask(head, learned, searched)?;
        let mut scores_a = searched.on_grid(answer.file_a);
        let mut scores_b = searched.on_grid(answer.file_b);
        if model == heads.models.shipped {
            session.fit_edges(Side::A, &model, &mut scores_a)?;
            session.fit_edges(Side::B, &model, &mut scores_b)?;
        }
        let figures = |side, scores: &WindowScores, truth: &[Span]| {
            let soundscape = session.material.of(side);
            let is_clear = |event: &Span| soundscape.is_clear(*event);
            Figures::of(scores, (truth, &is_clear), answer.suggested)
        };
        outcomes.push(Outcome {
            target: target.name.clone(),
            head,
            held_out: target.is_held_out,
            round,
            examples: count,
            train_seconds: answer.seconds,
            suggested_threshold: answer.suggested,
            in_silence: answer.in_silence,
            in_noise: answer.in_noise,
            file_a: figures(Side::A, &scores_a, &truth_a),
            file_b: figures(Side::B, &scores_b, &truth_b),
        });
        if round < rounds {
            review(session, lesson, &scores_a, &truth_a, &mut reviewed)?;
        }
    }
    Ok(outcomes)
}

/// Goes down the list of file A: marks the [`MARKS`] worst false hits not marked yet, and confirms the true ones on the
/// way, as many at most.
pub fn review(
    session: &Session<'_>,
    lesson: Lesson<'_>,
    scores: &WindowScores,
    truth: &[Span],
    reviewed: &mut Vec<Span>,
) -> Result<(), Failure> {
    let (mut marked, mut confirmed) = (0, 0);
    let found = peaks(scores);
    for (hit, verdict) in found.iter().zip(judge(&found, truth)) {
        if marked == MARKS {
            break;
        }
        if reviewed.iter().any(|span| span.overlap_s(hit.span) > 0.0) {
            continue;
        }
        match verdict {
            Verdict::False => {
                session.mark(lesson, hit.span)?;
                marked += 1;
            }
            Verdict::True(_) | Verdict::Duplicate(_) if confirmed < MARKS => {
                session.confirm(lesson, hit.span)?;
                confirmed += 1;
            }
            Verdict::True(_) | Verdict::Duplicate(_) => continue,
        }
        reviewed.push(hit.span);
    }
    Ok(())
}
