//! The grammar of a scan that many computers share, and of `merge`. Values only.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use earmark_core::shard::WantedPart;

/// What makes a scan a part of a shared one.
#[derive(Debug, Args)]
pub struct SharedScanArguments {
    /// Scan the I-th of N parts of the files (I: of the planned parts), write results under --out, and never open the database
    #[arg(long, value_name = "I/N", requires = "out")]
    pub shard: Option<WantedPart>,
    /// Only plan a scan in N parts: list the files and keep the packs under --out
    #[arg(long, value_name = "N", requires = "out", conflicts_with = "shard")]
    pub prepare: Option<NonZeroU32>,
    /// The folder that all tasks share
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Keep the embeddings in the cache, for other sounds
    #[arg(long, requires = "out")]
    pub keep_embeddings: bool,
}

#[derive(Debug, Args)]
pub struct MergeArguments {
    /// The folder that the tasks shared
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write all regions to this file as CSV, and nothing to the database
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write all regions to this file as Parquet, and nothing to the database
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    pub parquet: Option<PathBuf>,
    /// Replace a file of that name
    #[cfg_attr(not(feature = "parquet"), arg(long, requires = "csv"))]
    #[cfg_attr(feature = "parquet", arg(long))]
    pub replace: bool,
    /// Also merge what was merged before, as further versions
    #[arg(long, conflicts_with = "csv")]
    pub again: bool,
}
