//! The library: its index is made and searched here. Worker thread, or the command line's.

mod changes;
mod hits;
mod indexing;
mod kept_rows;
mod laid_out;
mod similar;
mod similar_named;
mod similar_places;
mod similar_request;
mod summary;
#[cfg(test)]
mod tests;

pub(super) use kept_rows::KeptRows;

pub use hits::{LibraryHit, LibrarySearch};
pub use indexing::LibraryReport;
pub use similar::SimilarWork;
pub use similar_named::NamedHit;
pub use similar_request::{SimilarHit, SimilarRequest, SimilarScope};
pub use summary::FolderSummary;
