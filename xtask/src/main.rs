//! `cargo xtask`: parses the command line and calls the library.

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::setup::Setup;
use xtask::workspace::Workspace;

/// Earmark's development tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Bring ONNX Runtime and the default model; needs the network once.
    Setup,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let workspace = Workspace::locate()?;
    match arguments.task {
        Task::Setup => {
            let resources = Setup::from_environment(&workspace).run()?;
            println!("Ready: {}", resources.display());
        }
    }
    Ok(())
}
