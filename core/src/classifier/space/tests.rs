//! What a space does to vectors.

use super::*;
use crate::classifier::testing::Noise;

const ROOTS: Compression = Compression::SquareRoot;

fn views(dims: &[usize]) -> Vec<View> {
    let views = dims.iter().map(|&dims| View {
        dims,
        compression: ROOTS,
    });
    views.collect()
}

fn rows(count: usize, dims: usize) -> Vec<f32> {
    let mut noise = Noise::new(1);
    (0..count * dims).map(|_| noise.normal().abs()).collect()
}

#[test]
fn two_points_are_one_apart_on_average_and_each_view_has_its_share() {
    let pool = rows(400, 12);
    let space = Space::learn(&pool, &views(&[4, 8]));
    let points = space.points(&pool);
    let mut shares = [0.0f32; 2];
    let pairs = points.chunks(24).map(|pair| pair.split_at(12));
    let count = pairs.len() as f32;
    for (a, b) in pairs {
        for (dim, (a, b)) in a.iter().zip(b).enumerate() {
            shares[usize::from(dim >= 4)] += (a - b).powi(2) / count;
        }
    }
    assert!(
        shares.iter().all(|share| (share - 0.5).abs() < 0.05),
        "{shares:?}"
    );
}

#[test]
fn the_level_of_a_view_does_not_matter() {
    let pool = rows(50, 12);
    let space = Space::learn(&pool, &views(&[4, 8]));
    let louder: Vec<f32> = pool
        .chunks(12)
        .flat_map(|row| {
            row.iter()
                .enumerate()
                .map(|(dim, value)| if dim < 4 { value * 1000.0 } else { *value })
        })
        .collect();
    let pairs = space.points(&pool).into_iter().zip(space.points(&louder));
    for (a, b) in pairs {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn few_windows_hardly_change_the_weight_of_a_dimension_and_many_do() {
    // The first dimension varies a tenth as much as the others.
    let pool = |count: usize| -> Vec<f32> {
        let rows = rows(count, 8);
        let rows = rows.chunks(8).flat_map(|row| {
            let odd = 0.5 + 0.05 * row[0];
            std::iter::once(odd).chain(row[1..].iter().map(|value| 0.5 + 0.5 * value))
        });
        rows.collect()
    };
    let weight = |count: usize| {
        let space = Space::learn(&pool(count), &views(&[8]));
        space.scales()[0] / space.scales()[1]
    };
    let (few, many) = (weight(4), weight(2_000));
    assert!(few < 1.5 && many > 2.5, "{few} {many}");
}

#[test]
fn without_windows_only_the_lengths_change() {
    let space = Space::learn(&[], &views(&[2]));
    assert_eq!(space.points(&[9.0, 16.0, 1.0]), [0.6, 0.8]);
    assert_eq!(space.point_dims(), 2);
}

#[test]
fn constant_dimensions_zero_rows_and_extreme_values_stay_finite() {
    let pool = [0.0f32, 0.0, 1.0, 0.0, 1e30, 0.0, 1e-30, 0.0];
    let points = Space::learn(&pool, &views(&[2])).points(&pool);
    assert!(points.iter().all(|value| value.is_finite()), "{points:?}");
}

#[test]
fn a_row_that_is_not_finite_is_marked_as_such_and_teaches_nothing() {
    let sound = rows(30, 3);
    let odd = [1.0, f32::NAN, 2.0, f32::INFINITY, 1.0, 1.0];
    let space = Space::learn(&[&odd[..], &sound].concat(), &views(&[1, 2]));
    assert_eq!(space, Space::learn(&sound, &views(&[1, 2])));
    let points = space.points(&[&odd[..], &sound[..3]].concat());
    assert!(points[1].is_nan() && points[3].is_nan());
    assert!(points[6..].iter().all(|value| value.is_finite()));
}

#[test]
fn a_projection_changes_the_identity_and_the_length_of_a_point() {
    let few = Space::learn(&rows(100, 300), &views(&[200, 100]));
    let many = Space::learn(&rows(4_000, 300), &views(&[200, 100]));
    assert_eq!((few.point_dims(), many.point_dims()), (300, 256));
    assert_ne!(few.identity(), many.identity());
    assert_eq!(many.points(&rows(2, 300)).len(), 2 * 256);
}
