//! A model's views in the words of those who keep its vectors and of those who learn from them. Pure; any thread.

use crate::cache::RowLayout;
use crate::classifier::{Compression, View};
use crate::embed::{self, FineSpectrum, Manifest};

/// The parts of the model's vectors, as the classifier calls them.
pub fn views_of(manifest: &Manifest) -> Vec<View> {
    let views = manifest
        .views()
        .into_iter()
        .map(|(dims, compression)| View {
            dims,
            compression: match compression {
                embed::Compression::None => Compression::None,
                embed::Compression::SquareRoot => Compression::SquareRoot,
            },
        });
    views.collect()
}

/// What the cache keeps of a step: the parts of the model's vectors, as the cache calls them, and the fine spectrum, if there is one.
pub fn rows_of(manifest: &Manifest) -> RowLayout {
    let rows = RowLayout::new(manifest.views().into_iter().map(|(dims, _)| dims));
    match FineSpectrum::of(manifest) {
        Some(_) => rows.with_spectrum(FineSpectrum::BYTES),
        None => rows,
    }
}
