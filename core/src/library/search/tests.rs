//! Search against what the same question in plain floating point answers.

use super::super::row::RowsMade;
use std::collections::HashSet;

use super::*;

const DIMS: usize = 512;

/// Points of recordings of several lengths, in which some windows are like the first of `themes`.
fn points(themes: &[Vec<f32>]) -> Vec<Vec<Vec<f32>>> {
    let mut random = fastrand::Rng::with_seed(9);
    let mut point = |base: &[f32]| -> Vec<f32> {
        let values = base.iter().map(|value| value + 0.7 * (random.f32() - 0.5));
        values.map(|value| value + 0.5).collect()
    };
    (0..60_usize)
        .map(|recording| {
            let windows = 1 + recording * 37 % 400;
            let theme = |window: usize| &themes[(recording * 7 + window / 12) % themes.len()];
            (0..windows).map(|window| point(theme(window))).collect()
        })
        .collect()
}

fn themes() -> Vec<Vec<f32>> {
    let mut random = fastrand::Rng::with_seed(3);
    let mut theme = || (0..DIMS).map(|_| random.f32() - 0.5).collect();
    (0..9).map(|_| theme()).collect()
}

fn rows_of(points: &[Vec<Vec<f32>>]) -> Vec<RowsMade> {
    let rows = points.iter().map(|windows| {
        let mut rows = RowsMade::default();
        windows.iter().for_each(|point| rows.push(point));
        rows
    });
    rows.collect()
}

fn searched(rows: &[RowsMade]) -> Vec<Rows<'_>> {
    rows.iter().map(RowsMade::rows).collect()
}

fn unit(point: &[f32]) -> Vec<f32> {
    let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
    point.iter().map(|value| value / length).collect()
}

/// The likeness of every window to `query` as seen from `centre`, in floating point.
fn exact(points: &[Vec<Vec<f32>>], query: &[f32], centre: &Centre) -> Vec<(usize, usize, f32)> {
    let away = |point: &[f32]| {
        let point = unit(point);
        unit(
            &point
                .iter()
                .zip(&centre.point)
                .map(|(a, b)| a - b)
                .collect::<Vec<_>>(),
        )
    };
    let query = away(query);
    let mut all = Vec::new();
    for (recording, windows) in points.iter().enumerate() {
        for (window, point) in windows.iter().enumerate() {
            let likeness: f32 = away(point).iter().zip(&query).map(|(a, b)| a * b).sum();
            all.push((recording, window, likeness));
        }
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all
}

fn search<'a>(queries: &'a [Vec<f32>], centre: &'a Centre, apart: usize, top: usize) -> Search<'a> {
    Search {
        queries,
        centre,
        except: &[],
        apart,
        top,
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

#[test]
fn the_best_hundred_windows_are_those_of_the_exact_answer() {
    let (themes, mut kept) = (themes(), 0);
    let points = points(&themes);
    let rows = rows_of(&points);
    let searched = searched(&rows);
    let centre = Centre::of(&searched, DIMS);
    for query in &themes {
        let queries = [query.clone()];
        // A window that is a recording of its own is an event of its own.
        let mut singles = Vec::new();
        let mut places = Vec::new();
        for (recording, rows) in searched.iter().enumerate() {
            let mut rest = *rows;
            for window in 0..rows.windows(DIMS) {
                let (own, after) = rest.split_at(1, DIMS);
                rest = after;
                singles.push(own);
                places.push((recording, window));
            }
        }
        let found = search(&queries, &centre, 1, 100).run(&singles, &|| true);
        let expected = exact(&points, query, &centre);
        let expected = expected[..100].iter();
        let expected: HashSet<_> = expected
            .map(|(recording, window, _)| (*recording, *window))
            .collect();
        let is_right = |event: &&Event| expected.contains(&places[event.recording]);
        kept += found[0].iter().filter(is_right).count();
    }
    assert!(
        kept >= 99 * themes.len(),
        "{kept} of {}",
        100 * themes.len()
    );
}

#[test]
fn neighbouring_windows_are_one_event_and_the_best_come_first() {
    let rows = rows_of(&[
        vec![vec![0.1, 1.0]; 30],
        [
            vec![vec![1.0, -0.2]; 10],
            vec![vec![1.0, 1.0]; 3],
            vec![vec![1.0, -0.2]; 20],
        ]
        .concat(),
        vec![vec![-1.0, -0.5]; 4],
    ]);
    let centre = Centre::at(vec![0.0; 2]);
    let queries = [vec![0.0, 1.0]];
    let found = search(&queries, &centre, 5, 10).run(&searched(&rows), &|| true);
    let found: Vec<(usize, Range<usize>)> = found[0]
        .iter()
        .map(|event| (event.recording, event.windows.clone()))
        .collect();
    assert_eq!(found, [(0, 0..30), (1, 10..13)]);
}

#[test]
fn several_queries_in_one_pass_answer_as_each_alone_whatever_is_left_out() {
    let themes = themes();
    let rows = rows_of(&points(&themes));
    let searched = searched(&rows);
    let centre = Centre::of(&searched, DIMS);
    let together = search(&themes, &centre, 5, 20).run(&searched, &|| true);
    assert!(together.iter().all(|events| events.len() == 20));
    for (query, together) in themes.iter().zip(&together) {
        let queries = [query.clone()];
        let alone = search(&queries, &centre, 5, 20);
        assert_eq!(&alone.run(&searched, &|| true)[0], together);
        let best = &together[0];
        let except = [(best.recording, 0..usize::MAX)];
        let rest = Search {
            except: &except,
            ..alone
        }
        .run(&searched, &|| true);
        assert!(
            rest[0]
                .iter()
                .all(|event| event.recording != best.recording)
        );
    }
    let stopped = search(&themes, &centre, 5, 20).run(&searched, &|| false);
    assert!(stopped.iter().all(Vec::is_empty));
}

#[test]
fn windows_that_were_not_embedded_and_queries_without_a_direction_match_nothing() {
    let rows = rows_of(&[vec![vec![f32::NAN; 2]; 8], vec![vec![1.0, 0.5]; 2]]);
    let centre = Centre::at(vec![0.0; 2]);
    let queries = [vec![1.0, 0.0], vec![0.0, 0.0]];
    let found = search(&queries, &centre, 5, 10).run(&searched(&rows), &|| true);
    assert_eq!(found[0].len(), 1);
    assert_eq!(found[0][0].recording, 1);
    assert!(found[1].is_empty());
}
