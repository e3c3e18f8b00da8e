//! What the boundary model goes by at the edges of regions whose true edges are known: material to fit its weights by.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use earmark_core::scan::evaluate::{Verdict, judge};
use earmark_core::scan::{Edge, RegionSettings, regions};
use earmark_core::time::Span;
use serde::Serialize;

use super::Failure;
use super::heads::{Heads, Kind};
use super::material::Target;
use super::rounds;
use super::session::{Lesson, Searched, Session, Side};

/// One edge of a region that found an event. Times are in seconds.
#[derive(Serialize)]
struct KnownEdge<'a> {
    target: &'a str,
    side: Side,
    is_clear: bool,
    by_scores_s: f64,
    true_s: f64,
    places_s: Vec<f64>,
    values: Vec<Vec<f32>>,
}

/// Writes the edges that the shipped head finds of each target after every round into the file at `path`, a line for each.
pub fn write(
    session: &mut Session<'_>,
    targets: &[Target],
    heads: &mut Heads,
    path: &Path,
) -> Result<(), Failure> {
    let mut lines = BufWriter::new(File::create(path)?);
    for (index, target) in targets.iter().enumerate() {
        of_target(session, target, heads, &mut lines)?;
        eprintln!("{}/{} {}", index + 1, targets.len(), target.name);
    }
    lines.flush()?;
    Ok(())
}

fn of_target(
    session: &mut Session<'_>,
    target: &Target,
    heads: &mut Heads,
    lines: &mut impl Write,
) -> Result<(), Failure> {
    let profile = format!("edges {}", target.name);
    let model = heads.models.of(Kind::Earmark).to_owned();
    let lesson = Lesson {
        profile: &profile,
        class: &target.name,
        model: &model,
    };
    for example in &target.examples {
        session.add_file(lesson, example)?;
    }
    let mut reviewed: Vec<Span> = Vec::new();
    for round in 0..=rounds::ROUNDS {
        let learned = session.examples(lesson)?;
        let searched = session.searched(&model)?;
        let answer = heads.ask(Kind::Earmark, learned, searched)?;
        let threshold = answer.suggested.unwrap_or(0.5);
        for (side, scores) in [(Side::A, &answer.file_a), (Side::B, &answer.file_b)] {
            of_file(session, lesson, (side, threshold), scores, lines)?;
        }
        if round < rounds::ROUNDS {
            let scores = session.searched(&model)?.on_grid(answer.file_a);
            let truth = session.material.file_a.truth(&target.name)?;
            rounds::review(session, lesson, &scores, &truth, &mut reviewed)?;
        }
    }
    Ok(())
}

fn of_file(
    session: &mut Session<'_>,
    lesson: Lesson<'_>,
    (side, threshold): (Side, f32),
    scores: &[f32],
    lines: &mut impl Write,
) -> Result<(), Failure> {
    let soundscape = session.material.of(side);
    let truth = soundscape.truth(lesson.class)?;
    let searched: &Searched = session.searched(lesson.model)?;
    let scores = searched.on_grid(scores.to_vec());
    let settings = RegionSettings {
        threshold,
        // What is widened has no edges of its own.
        min_length_s: 0.0,
        ..RegionSettings::default()
    };
    let found = regions(&scores, &settings);
    for (region, verdict) in found.iter().zip(judge(&found, &truth)) {
        let Verdict::True(event) = verdict else {
            continue;
        };
        let Some(event) = truth.get(event) else {
            continue;
        };
        let wanted = [
            (Edge::Start, region.span.start_s()),
            (Edge::End, region.span.end_s()),
        ];
        for (edge, by_scores_s, places) in
            session.places_of_edges(side, lesson.model, &scores, &wanted)?
        {
            let (places_s, values) = places.into_iter().unzip();
            let known = KnownEdge {
                target: lesson.class,
                side,
                is_clear: soundscape.is_clear(*event),
                by_scores_s,
                true_s: match edge {
                    Edge::Start => event.start_s(),
                    Edge::End => event.end_s(),
                },
                places_s,
                values,
            };
            serde_json::to_writer(&mut *lines, &known)?;
            lines.write_all(b"\n")?;
        }
    }
    Ok(())
}
