//! Labels of one import that lie on one another: the same said twice is one mark, and of two that contradict each other the later one
//! counts. Pure.

use super::{LeftOut, PlannedMark};
use crate::marks::SpanIndex;
use crate::protocol::MarkKind;

/// How much of two spans is shared where they are one, of both together.
const SAME: f64 = 0.95;

/// The marks of one recording that are left, by start. The others are `left_out`.
pub(super) fn settle(marks: Vec<PlannedMark>, left_out: &mut Vec<LeftOut>) -> Vec<PlannedMark> {
    let spans = marks.iter().map(|planned| planned.mark.span).enumerate();
    let index = SpanIndex::new(spans);
    let verdict = |at: usize, planned: &PlannedMark| {
        let touching = index.touching(planned.mark.span);
        let others = touching.filter_map(|(_, other)| Some((other, marks.get(other)?)));
        let mut overruled = None;
        for (other_at, other) in others {
            if other_at < at && is_same(planned, other) {
                return Some(format!("it says the same as line {}", other.line));
            }
            if other_at > at && contradicts(planned, other) {
                overruled = Some(format!("line {} says something else", other.line));
            }
        }
        overruled
    };
    let verdicts = marks.iter().enumerate();
    let verdicts: Vec<Option<String>> = verdicts.map(|(at, mark)| verdict(at, mark)).collect();
    let mut kept = Vec::new();
    for (planned, verdict) in marks.into_iter().zip(verdicts) {
        match verdict {
            None => kept.push(planned),
            Some(why) => left_out.push(LeftOut {
                file: planned.file,
                line: planned.line,
                why,
                is_fault: false,
            }),
        }
    }
    kept.sort_by(|a, b| a.mark.span.start_s().total_cmp(&b.mark.span.start_s()));
    kept
}

fn is_same(a: &PlannedMark, b: &PlannedMark) -> bool {
    let has_more = !a.mark.note.is_empty() && a.mark.note != b.mark.note;
    a.mark.kind == b.mark.kind && !has_more && a.mark.span.iou(b.mark.span) >= SAME
}

/// Whether both cannot be true: two classes can, an example and a hard negative cannot.
fn contradicts(a: &PlannedMark, b: &PlannedMark) -> bool {
    let (Some(one), Some(other)) = (&a.mark.kind, &b.mark.kind) else {
        return false;
    };
    let are_examples = matches!(
        (one, other),
        (MarkKind::Positive { .. }, MarkKind::Positive { .. })
    );
    one != other && !are_examples && a.mark.span.covers_most_of(b.mark.span)
}
