//! A classifier as bytes and back.
//!
//! Pure; any thread. The bytes come from a database that other programs write to: every length is checked against
//! the number of bytes before anything is allocated, and every value before it is used.
//!
//! Little-endian, in this order: magic, `u16` version; `u8` points of the precision-recall curve, and of each three `f32`; `u8`
//! views, of each `u32` dimensions and `u8` compression; `u32` dimensions of a point *p* (0: there is no projection and *p* is *d*);
//! `u32` dimensions *d*, `u32` support vectors *n*; `f64` kernel width, rho, sigmoid slope and offset; `u8` calibration; five `u32`
//! counts; `u8` whether metrics follow, `u32` folds and four `f32` figures (zeros without metrics); *d* `f32` means, *d* scales, *n*
//! weights, *n* x *p* support vectors; *p* x *d* half-precision values of the projection, if there is one. Nothing may follow.
//! Version 2 had one view and no projection, and `u8` compression before the curve; version 1 had no compression and no curve
//! either.

use half::f16;
use ndarray::{Array1, Array2};

use super::calibration::{Calibration, Sigmoid};
use super::machine::Machine;
use super::space::{Compression, Space, View};
use super::{Classifier, Counts, CurvePoint, MOST_CURVE_POINTS, Metrics};

const MAGIC: [u8; 8] = *b"EARMARKC";
const VERSION: u16 = 3;
/// Before there were views and projections; written no more.
const ONE_VIEW: u16 = 2;
/// Before vectors were compressed; written no more.
const UNCOMPRESSED: u16 = 1;
/// Views of a classifier at most.
const MOST_VIEWS: usize = 64;

/// Why bytes cannot be read as a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("this is not a saved classifier: train again to make one")]
    NotAClassifier,
    #[error(
        "the saved classifier has format {found}, and this Earmark reads formats up to {VERSION}: update Earmark, or train again"
    )]
    Newer { found: u16 },
    #[error("the saved classifier is damaged ({what}): choose an earlier one, or train again")]
    Damaged { what: &'static str },
}

const fn damaged(what: &'static str) -> DecodeError {
    DecodeError::Damaged { what }
}

pub(super) fn encode(classifier: &Classifier) -> Vec<u8> {
    let Classifier {
        space,
        machine,
        sigmoid,
        counts,
        metrics,
    } = classifier;
    let mut bytes = Vec::from(MAGIC);
    let curve = metrics.as_ref().map_or(&[][..], |metrics| &metrics.curve);
    bytes.extend(VERSION.to_le_bytes());
    encode_curve(curve, &mut bytes);
    bytes.push(space.views().len().min(MOST_VIEWS) as u8);
    for view in space.views() {
        bytes.extend((view.dims as u32).to_le_bytes());
        bytes.push(match view.compression {
            Compression::None => 0,
            Compression::SquareRoot => 1,
        });
    }
    let point_dims = space.projection().map_or(0, Array2::nrows);
    bytes.extend((point_dims as u32).to_le_bytes());
    let sizes = [space.dims(), machine.alphas().len()];
    // Both are bounded by the examples in memory, far below 2^32.
    bytes.extend(
        sizes
            .into_iter()
            .flat_map(|size| (size as u32).to_le_bytes()),
    );
    let reals = [
        machine.width(),
        machine.rho(),
        sigmoid.slope(),
        sigmoid.offset(),
    ];
    bytes.extend(reals.into_iter().flat_map(f64::to_le_bytes));
    bytes.push(match sigmoid.source() {
        Calibration::Default => 0,
        Calibration::HeldOut => 1,
    });
    let Counts {
        clips,
        mixed,
        negative_clips,
        hard_negatives,
        background,
    } = *counts;
    let counts = [clips, mixed, negative_clips, hard_negatives, background];
    bytes.extend(counts.into_iter().flat_map(u32::to_le_bytes));
    bytes.push(u8::from(metrics.is_some()));
    let (folds, figures) = metrics.as_ref().map_or((0, [0.0; 4]), |m| {
        (
            m.folds,
            [
                m.average_precision,
                m.best_f1,
                m.best_f1_threshold,
                m.precision_at_half_recall,
            ],
        )
    });
    bytes.extend(folds.to_le_bytes());
    let tables = figures
        .iter()
        .chain(space.mean())
        .chain(space.scales())
        .chain(machine.alphas())
        .chain(machine.support());
    bytes.extend(tables.flat_map(|value| value.to_le_bytes()));
    // Its values were rounded when it was made.
    let projection = space.projection().into_iter().flatten();
    bytes.extend(projection.flat_map(|value| f16::from_f32(*value).to_le_bytes()));
    bytes
}

fn encode_curve(curve: &[CurvePoint], bytes: &mut Vec<u8>) {
    let curve = curve.get(..MOST_CURVE_POINTS).unwrap_or(curve);
    bytes.push(curve.len() as u8);
    let values = curve
        .iter()
        .flat_map(|point| [point.threshold, point.precision, point.recall]);
    bytes.extend(values.flat_map(f32::to_le_bytes));
}

pub(super) fn decode(bytes: &[u8]) -> Result<Classifier, DecodeError> {
    let mut reader = Reader { rest: bytes };
    if reader.array::<8>() != Ok(MAGIC) {
        return Err(DecodeError::NotAClassifier);
    }
    let version = u16::from_le_bytes(reader.array()?);
    let (views, curve, projected) = match version {
        VERSION => {
            let curve = reader.curve()?;
            (Some(reader.views()?), curve, reader.size()?)
        }
        ONE_VIEW => match reader.byte()? {
            1 => (None, reader.curve()?, 0),
            _ => return Err(damaged("its kind of compression is unknown")),
        },
        UNCOMPRESSED => (None, Vec::new(), 0),
        0 => return Err(damaged("its format is 0")),
        found => return Err(DecodeError::Newer { found }),
    };
    let (dims, supports) = (reader.size()?, reader.size()?);
    let (width, rho) = (reader.f64()?, reader.f64()?);
    let (slope, offset) = (reader.f64()?, reader.f64()?);
    let source = match reader.byte()? {
        0 => Calibration::Default,
        1 => Calibration::HeldOut,
        _ => return Err(damaged("its kind of calibration is unknown")),
    };
    let counts = Counts {
        clips: reader.u32()?,
        mixed: reader.u32()?,
        negative_clips: reader.u32()?,
        hard_negatives: reader.u32()?,
        background: reader.u32()?,
    };
    let metrics = reader.metrics(curve)?;
    let (mean, scale) = (reader.table(dims)?, reader.table(dims)?);
    let alphas = reader.table(supports)?;
    let point_dims = if projected > 0 { projected } else { dims };
    let support = reader.matrix(supports, point_dims)?;
    let projection = match projected {
        0 => None,
        _ => Some(reader.half_matrix(projected, dims)?),
    };
    if !reader.rest.is_empty() {
        return Err(damaged("something follows its end"));
    }

    let one_view = || {
        let compression = match version {
            UNCOMPRESSED => Compression::None,
            _ => Compression::SquareRoot,
        };
        vec![View { dims, compression }]
    };
    let views = views.unwrap_or_else(one_view);
    let space = Space::from_parts(views, mean, scale, projection)
        .ok_or(damaged("its scaling is impossible"))?;
    let machine = Machine::from_parts(support, Array1::from(alphas), rho, width)
        .ok_or(damaged("its weights are impossible"))?;
    let sigmoid = Sigmoid::from_parts(slope, offset, source)
        .ok_or(damaged("its calibration is impossible"))?;
    Ok(Classifier {
        space,
        machine,
        sigmoid,
        counts,
        metrics,
    })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(damaged("its end is missing"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    fn size(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.u32()?).map_err(|_| damaged("its size is impossible"))
    }

    fn f32(&mut self) -> Result<f32, DecodeError> {
        self.array().map(f32::from_le_bytes)
    }

    fn f64(&mut self) -> Result<f64, DecodeError> {
        self.array().map(f64::from_le_bytes)
    }

    /// The length is compared with what is there before memory is asked for.
    fn table(&mut self, values: usize) -> Result<Vec<f32>, DecodeError> {
        let length = values
            .checked_mul(4)
            .ok_or(damaged("its size is impossible"))?;
        let (head, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(damaged("its end is missing"))?;
        self.rest = rest;
        let (chunks, _) = head.as_chunks::<4>();
        Ok(chunks
            .iter()
            .map(|chunk| f32::from_le_bytes(*chunk))
            .collect())
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Result<Array2<f32>, DecodeError> {
        let impossible = damaged("its size is impossible");
        let values = self.table(rows.checked_mul(columns).ok_or(impossible)?)?;
        Array2::from_shape_vec((rows, columns), values).map_err(|_| impossible)
    }

    fn half_matrix(&mut self, rows: usize, columns: usize) -> Result<Array2<f32>, DecodeError> {
        let impossible = damaged("its size is impossible");
        let length = rows
            .checked_mul(columns)
            .and_then(|values| values.checked_mul(2));
        let (head, rest) = self
            .rest
            .split_at_checked(length.ok_or(impossible)?)
            .ok_or(damaged("its end is missing"))?;
        self.rest = rest;
        let (chunks, _) = head.as_chunks::<2>();
        let values = chunks
            .iter()
            .map(|chunk| f16::from_le_bytes(*chunk).to_f32());
        Array2::from_shape_vec((rows, columns), values.collect()).map_err(|_| impossible)
    }

    fn views(&mut self) -> Result<Vec<View>, DecodeError> {
        let count = usize::from(self.byte()?);
        if !(1..=MOST_VIEWS).contains(&count) {
            return Err(damaged("its views are impossible"));
        }
        let views = (0..count).map(|_| {
            let dims = self.size()?;
            let compression = match self.byte()? {
                0 => Compression::None,
                1 => Compression::SquareRoot,
                _ => return Err(damaged("its kind of compression is unknown")),
            };
            Ok(View { dims, compression })
        });
        let views: Vec<View> = views.collect::<Result<_, _>>()?;
        match views.iter().all(|view| view.dims > 0) {
            true => Ok(views),
            false => Err(damaged("its views are impossible")),
        }
    }

    fn curve(&mut self) -> Result<Vec<CurvePoint>, DecodeError> {
        let points = usize::from(self.byte()?);
        let values = self.table(3 * points)?;
        let possible = values.iter().all(|value| (0.0..=1.0).contains(value));
        if !possible || points > MOST_CURVE_POINTS {
            return Err(damaged("its curve is impossible"));
        }
        let (points, _) = values.as_chunks::<3>();
        let points = points
            .iter()
            .map(|&[threshold, precision, recall]| CurvePoint {
                threshold,
                precision,
                recall,
            });
        Ok(points.collect())
    }

    fn metrics(&mut self, curve: Vec<CurvePoint>) -> Result<Option<Metrics>, DecodeError> {
        let present = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(damaged("its figures are impossible")),
        };
        let metrics = Metrics {
            folds: self.u32()?,
            average_precision: self.f32()?,
            best_f1: self.f32()?,
            best_f1_threshold: self.f32()?,
            precision_at_half_recall: self.f32()?,
            curve,
        };
        let figures = [
            metrics.average_precision,
            metrics.best_f1,
            metrics.best_f1_threshold,
            metrics.precision_at_half_recall,
        ];
        if !figures.iter().all(|figure| (0.0..=1.0).contains(figure)) {
            return Err(damaged("its figures are impossible"));
        }
        let blank = metrics.folds == 0
            && metrics.curve.is_empty()
            && figures.iter().all(|figure| figure.to_bits() == 0);
        if !(present || blank) {
            return Err(damaged("its figures are impossible"));
        }
        Ok(present.then_some(metrics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::testing::World;
    use crate::classifier::{FitSettings, fit};
    use proptest::prelude::*;
    use std::ops::ControlFlow;
    use std::sync::LazyLock;

    fn classifier(positives: u32, views: &[usize]) -> Classifier {
        let mut world = World::new(1, views.iter().sum());
        let examples = world.examples(positives, 60);
        let space = world.space(views);
        fit(&examples, &space, &FitSettings::default(), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap()
    }

    static STORED: LazyLock<Vec<u8>> = LazyLock::new(|| classifier(5, &[5, 7]).to_bytes());

    /// Where the curve ends and the views begin in [`STORED`], and where the sizes are.
    static VIEWS: LazyLock<usize> = LazyLock::new(|| 11 + 12 * usize::from(STORED[10]));
    static SIZES: LazyLock<usize> = LazyLock::new(|| *VIEWS + 1 + 2 * 5 + 4);

    #[test]
    fn a_round_trip_predicts_to_the_last_bit_what_the_original_did() {
        for (positives, views) in [(1, &[12][..]), (5, &[5, 7]), (5, &[300, 100])] {
            let original = classifier(positives, views);
            let restored = Classifier::from_bytes(&original.to_bytes()).unwrap();
            assert_eq!(restored, original);
            assert_eq!(
                original.space().has_projection(),
                views.len() > 1 && views[0] == 300
            );
            let mut world = World::new(2, views.iter().sum());
            let vectors: Vec<f32> = (0..300)
                .flat_map(|i| {
                    if i % 2 == 0 {
                        world.a_sound()
                    } else {
                        world.a_background()
                    }
                })
                .collect();
            assert_eq!(restored.predict(&vectors), original.predict(&vectors));
            assert_eq!(restored.metrics().is_some(), positives > 1);
            let points = restored.metrics().map_or(0, |metrics| metrics.curve.len());
            assert_eq!(points > 0, positives > 1);
        }
    }

    #[test]
    fn classifiers_of_earlier_formats_score_as_they_did_then() {
        let now = classifier(5, &[12]);
        let stored = now.to_bytes();
        let curve = 11 + 12 * usize::from(stored[10]);
        // Version 2 had neither views nor a projection, and a compression before the curve.
        let mut second = stored.clone();
        second.drain(curve..curve + 1 + 5 + 4);
        second[8] = 2;
        second.insert(10, 1);
        let vector = World::new(3, 12).a_sound();
        let read = decode(&second).unwrap();
        assert_eq!(read.predict(&vector), now.predict(&vector));
        assert_eq!(read, now);
        // Version 1 had neither compression nor curve.
        let mut first = second;
        first[8] = 1;
        first.drain(10..curve + 1);
        let read = decode(&first).unwrap();
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        let (space, machine) = (&read.space, &read.machine);
        let point: Vec<f32> = vector
            .iter()
            .zip(space.mean().iter().zip(space.scales()))
            .map(|(value, (mean, scale))| (value / length - mean) * scale)
            .collect();
        let mut decision = -machine.rho();
        for (support, alpha) in machine.support().rows().into_iter().zip(machine.alphas()) {
            let pairs = support.iter().zip(&point);
            let square: f64 = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum();
            decision += f64::from(*alpha) * (-square / machine.width()).exp();
        }
        let expected = read.sigmoid.probability(decision as f32);
        let score = read.predict(&vector)[0];
        assert!((score - expected).abs() < 1e-4, "{score} {expected}");
        assert_eq!(
            decode(&read.to_bytes()).unwrap(),
            read,
            "kept in the newest format"
        );
    }

    #[test]
    fn other_bytes_newer_formats_and_every_shortened_or_lengthened_copy_are_refused() {
        assert_eq!(
            decode(b"SQLite format 3\0"),
            Err(DecodeError::NotAClassifier)
        );
        assert_eq!(decode(b""), Err(DecodeError::NotAClassifier));
        let mut newer = STORED.clone();
        newer[8] = 4;
        assert_eq!(decode(&newer), Err(DecodeError::Newer { found: 4 }));
        for length in 0..STORED.len() {
            assert!(decode(&STORED[..length]).is_err(), "{length}");
        }
        let longer = [STORED.as_slice(), &[0]].concat();
        assert!(matches!(decode(&longer), Err(DecodeError::Damaged { .. })));
    }

    #[test]
    fn sizes_that_no_memory_holds_are_refused_before_any_is_taken() {
        let mut huge = STORED.clone();
        huge[*SIZES..*SIZES + 8].fill(0xFF);
        assert!(matches!(decode(&huge), Err(DecodeError::Damaged { .. })));
        let mut empty = STORED.clone();
        empty[*SIZES..*SIZES + 8].fill(0);
        assert!(matches!(decode(&empty), Err(DecodeError::Damaged { .. })));
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic_and_what_is_accepted_scores_within_bounds(
            damage in proptest::collection::vec((0usize..10_000, any::<u8>()), 1..6),
        ) {
            let mut bytes = STORED.clone();
            for (position, value) in damage {
                let length = bytes.len();
                bytes[position % length] = value;
            }
            if let Ok(classifier) = decode(&bytes) {
                for score in classifier.predict(&vec![0.5; 3 * classifier.dims()]) {
                    prop_assert!(score.is_nan() || (0.0..=1.0).contains(&score));
                }
                prop_assert_eq!(decode(&classifier.to_bytes()), Ok(classifier));
            }
        }

        #[test]
        fn arbitrary_bytes_behind_the_magic_never_panic(
            tail in proptest::collection::vec(any::<u8>(), 0..400), known in any::<bool>(),
        ) {
            let mut bytes = Vec::from(MAGIC);
            if known {
                bytes.extend(VERSION.to_le_bytes());
            }
            bytes.extend(tail);
            let _ = decode(&bytes);
        }
    }
}
