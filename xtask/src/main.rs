//! `cargo xtask`: parses the command line and calls the library.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::AlreadyReported;
use xtask::bench;
use xtask::bundle::{self, Profile};
use xtask::demo::{self, Options, Stretch};
use xtask::eval;
use xtask::install::{self, Destinations};
use xtask::setup::Setup;
use xtask::soak;
use xtask::test::{self, Section};
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
    /// Bring ONNX Runtime and the default model; needs the network once
    Setup,
    /// Build the CLAP and VST3 bundles and the command line
    Bundle {
        /// The debug build, which aborts when the audio thread allocates
        #[arg(long)]
        debug: bool,
        /// Accelerators to build in: cuda, coreml or directml
        #[arg(long, value_delimiter = ',')]
        features: Vec<String>,
    },
    /// Build the bundles and put them into your plugin folders
    Install {
        /// Put everything into this folder instead
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Find a sound in a track, correct the result and learn from it, with the release plugin in a host
    Demo {
        /// A recording of your own instead of the soundscape
        #[arg(long, value_name = "FILE")]
        audio: Option<PathBuf>,
        /// Where in your recording the sound is, in seconds; may be given several times
        #[arg(long = "example", value_name = "START-END", requires = "audio")]
        examples: Vec<Stretch>,
        /// Where in your recording the sound is not
        #[arg(long = "negative", value_name = "START-END", requires = "audio")]
        negatives: Vec<Stretch>,
        /// Show the plugin's window meanwhile
        #[arg(long)]
        window: bool,
        /// Show the editor on a screen of its own, and write pictures of the result to this folder
        #[arg(long, value_name = "FOLDER", conflicts_with = "audio")]
        pictures: Option<PathBuf>,
        /// Also write the figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Carry out a plugin host's script from standard input
    #[command(hide = true)]
    HostScript,
    /// Measure figures, each beside what it is compared against
    Bench {
        /// Only these figures
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Take longer than two minutes for a figure, where that makes it steadier
        #[arg(long)]
        long: bool,
        /// Also write the figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Measure how well sounds are found and learned, beside the heads of scikit-learn; fetches 670 MB of recordings once
    Eval {
        /// A few sounds, without the heads of scikit-learn
        #[arg(long)]
        quick: bool,
        /// Deal the recordings another way
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Also write all figures to this file
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Play for a long time under load, with everything a host does, and say what was lost or left behind
    Soak {
        #[arg(long, default_value_t = 30.0)]
        minutes: f64,
        /// Also write the summary to this file
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Check formatting, lints and documentation, and run every test
    Test {
        /// Only this part
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
        Task::Bundle { debug, features } => {
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
            json,
        } => demo::run(
            &workspace,
            &Options {
                audio: audio.clone(),
                examples: examples.clone(),
                negatives: negatives.clone(),
                window: *window,
                pictures: pictures.clone(),
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
        Task::Eval { quick, seed, json } => eval::run(
            &workspace,
            &eval::Options {
                quick: *quick,
                seed: *seed,
                json: json.clone(),
            },
        ),
        Task::Soak { minutes, report } => soak::run(&workspace, *minutes, report.as_deref()),
        Task::Test { only } => test::run(&workspace, *only),
    }
}
