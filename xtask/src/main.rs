//! `cargo xtask`: parses the command line and calls the library.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::bundle::{self, Profile};
use xtask::demo::{self, Options, Stretch};
use xtask::eval::{self, Sounds};
use xtask::foreign::Target;
use xtask::install::{self, Destinations};
use xtask::setup::Setup;
use xtask::test::{self, Section};
use xtask::workspace::Workspace;
use xtask::{AlreadyReported, bench, soak};

/// Earmark's development tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Download ONNX Runtime and the default model; later runs need no network
    Setup,
    /// Build the CLAP and VST3 bundles and the command line
    Bundle {
        /// Build for debugging: the plugin aborts when the audio thread allocates memory
        #[arg(long)]
        debug: bool,
        /// Accelerators to build in: cuda, coreml or directml
        #[arg(long, value_delimiter = ',')]
        features: Vec<String>,
        /// Build for another system: x86_64-pc-windows-gnu
        #[arg(long, value_name = "TRIPLE", conflicts_with_all = ["debug", "features"])]
        target: Option<String>,
    },
    /// Build the bundles and copy them to your plugin folders
    Install {
        /// Copy everything to this folder instead
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Show Earmark at work: record a track, learn a sound, find it, correct the result and learn again
    Demo {
        /// Use your own recording instead of the generated one
        #[arg(long, value_name = "FILE")]
        audio: Option<PathBuf>,
        /// Where the sound is in your recording, in seconds; repeat this for every example
        #[arg(long = "example", value_name = "START-END", requires = "audio")]
        examples: Vec<Stretch>,
        /// Where the sound is not, in seconds; repeat this for every correction
        #[arg(long = "negative", value_name = "START-END", requires = "audio")]
        negatives: Vec<Stretch>,
        /// Show the plugin's window during the demo
        #[arg(long)]
        window: bool,
        /// Open the window on a virtual screen and save pictures of it to this folder
        #[arg(long, value_name = "FOLDER", conflicts_with = "audio")]
        pictures: Option<PathBuf>,
        /// Mix the soundscape in another order
        #[arg(long, default_value_t = 1, conflicts_with = "audio")]
        seed: u64,
        /// Also write the figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Run a plugin host by a script from standard input
    #[command(hide = true)]
    HostScript,
    /// Measure speed and memory, and compare each figure with a reference
    Bench {
        /// Measure only these figures
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Take more than two minutes per figure, for steadier results
        #[arg(long)]
        long: bool,
        /// Also write the figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Measure how well Earmark finds and learns sounds, beside other heads; downloads 1.2 GB once
    Eval {
        /// Measure only a few sounds, with the shipped head and the one before
        #[arg(long)]
        quick: bool,
        /// Measure only this set of sounds
        #[arg(long = "set", value_name = "SET")]
        sounds: Option<Sounds>,
        /// Choose the recordings for each sound in another order
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Measure only how well one example finds the others of its class, in each space that a search could use
        #[arg(long, conflicts_with_all = ["quick", "json", "fit_edges"])]
        retrieval: bool,
        /// Fit the weights of the boundary model to the choosing set instead, and write them into its source
        #[arg(long, conflicts_with_all = ["quick", "sounds", "json"])]
        fit_edges: bool,
        /// Also write all figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Play for a long time under load, and report lost audio and leaked memory
    Soak {
        /// How long to play
        #[arg(long, default_value_t = 30.0)]
        minutes: f64,
        /// Also write the summary to this file
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Check formatting, lints, documentation and dependencies, and run every test
    Test {
        /// Run only this part
        #[arg(long)]
        only: Option<Section>,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<AlreadyReported>() {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::locate()?;
    match &arguments.task {
        Task::Setup => {
            let resources = Setup::from_environment(&workspace).run()?;
            println!("Ready: {}", resources.display());
            Ok(())
        }
        Task::Bundle {
            target: Some(triple),
            ..
        } => bundle::windows::run(&workspace, Target::named(triple)?).map(drop),
        Task::Bundle {
            debug, features, ..
        } => {
            let profile = if *debug {
                Profile::Debug
            } else {
                Profile::Release
            };
            bundle::run_with(&workspace, profile, features).map(|_| ())
        }
        Task::Install { to } => {
            let destinations = match to {
                Some(folder) => Destinations::in_folder(folder),
                None => Destinations::of_user()?,
            };
            let bundles = bundle::run(&workspace, Profile::Release)?;
            install::install(&bundles, &destinations)
        }
        Task::Demo {
            audio,
            examples,
            negatives,
            window,
            pictures,
            seed,
            json,
        } => demo::run(
            &workspace,
            &Options {
                audio: audio.clone(),
                examples: examples.clone(),
                negatives: negatives.clone(),
                window: *window,
                pictures: pictures.clone(),
                seed: *seed,
                json: json.clone(),
            },
        ),
        Task::HostScript => xtask::host::run_from_standard_input(),
        Task::Bench { names, long, json } => bench::run(
            &workspace,
            &bench::Options {
                names: names.clone(),
                long: *long,
                json: json.clone(),
            },
        ),
        Task::Eval {
            quick,
            sounds,
            seed,
            retrieval,
            fit_edges,
            json,
        } => eval::run(
            &workspace,
            &eval::Options {
                quick: *quick,
                sounds: *sounds,
                retrieval: *retrieval,
                fit_edges: *fit_edges,
                seed: *seed,
                json: json.clone(),
            },
        ),
        Task::Soak { minutes, report } => soak::run(&workspace, *minutes, report.as_deref()),
        Task::Test { only } => test::run(&workspace, *only),
    }
}
