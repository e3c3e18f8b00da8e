//! The library: its index is made and searched here. Worker thread, or the command line's.

mod changes;
mod folders;
mod hits;
mod indexing;
mod laid_out;
mod similar;
mod summary;

pub use folders::{AddedFolders, add_folders, whole_path};
pub use hits::LibrarySearch;
pub use indexing::LibraryReport;
pub use similar::{Example, SimilarHit, SimilarRequest, SimilarScope};
