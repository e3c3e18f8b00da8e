//! The library: its index is made and searched here. Worker thread, or the command line's.

mod changes;
mod folders;
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

pub use folders::{AddedFolders, add_folders, whole_path};
pub use hits::LibrarySearch;
pub use indexing::LibraryReport;
pub(super) use kept_rows::KeptRows;
pub use similar::SimilarWork;
pub use similar_named::NamedHit;
pub use similar_request::{SimilarHit, SimilarRequest, SimilarScope};
