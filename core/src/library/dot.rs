//! The likeness of windows to a query, at the speed of memory. Pure; any thread.
//!
//! One plain loop over integers, which the compiler turns into vector instructions, and for x86-64 a second time with AVX2, which old
//! processors lack: three times as fast. Sums of integers do not depend on their order, so every processor gives the same likeness.
#![allow(unsafe_code)] // Only the program can find out at run time that a processor has AVX2.

use super::row::{Query, coarse_bytes, parts};

/// The cosine of the angle between each window and `query`, by their `coarse` parts, into `found`; `NaN` for a window that was not embedded.
pub(super) fn likeness(coarse: &[u8], query: &Query, found: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        return unsafe { with_avx2(coarse, query, found) };
    }
    plain(coarse, query, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(coarse: &[u8], query: &Query, found: &mut [f32]) {
    plain(coarse, query, found);
}

#[inline(always)]
fn plain(coarse: &[u8], query: &Query, found: &mut [f32]) {
    let rows = coarse.chunks_exact(coarse_bytes(query.levels.len()));
    for (row, found) in rows.zip(found) {
        let (level, levels) = parts(row);
        let product = product(levels, &query.levels) as f32;
        *found = if level > 0.0 {
            level * query.level * product
        } else {
            f32::NAN
        };
    }
}

#[inline(always)]
fn product(levels: &[u8], query: &[i16]) -> i32 {
    let products = levels
        .iter()
        .zip(query)
        .map(|(&level, &other)| i32::from(level as i8) * i32::from(other));
    products.sum()
}
