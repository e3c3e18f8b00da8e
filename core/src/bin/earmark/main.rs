//! `earmark`: the engine without a host, on the same database as the plugin.
//!
//! Every subcommand prints for people, or with `--json` one JSON value for programs. Errors go to standard error with a
//! remedy; the exit code is 0 when all went well, 1 when something failed and 2 when the arguments make no sense. When the
//! program that reads the output goes away it is 141, as of a program that the closed pipe ended.

mod arguments;
mod doctor;
mod evaluate;
mod export;
mod failure;
mod forget;
mod import;
mod inputs;
mod learn;
mod library;
mod marks;
mod merge;
mod models;
mod note;
mod note_arguments;
mod output;
mod pack;
mod pack_clips;
mod precision;
mod profiles;
mod progress;
mod restore;
mod results;
mod scan;
mod settings;
mod shard;
mod shard_plan;
mod similar;
mod sounds;
mod timeline;
mod unsure;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use earmark_core::config::Config;
use earmark_core::protocol::EngineError;
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::worker::Worker;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use arguments::{Arguments, ClipCommand, Command, NegativeCommand, ProfileCommand, UnsureCommand};
use failure::Failure;
use note_arguments::NoteCommand;
use output::Output;

/// The arguments make no sense.
const WRONG_ARGUMENTS: u8 = 2;
/// The reader of the output is gone: 128 and the number of the signal that ends other programs then.
const CLOSED_PIPE: u8 = 141;

/// What every subcommand works with.
struct Context {
    config: Config,
    store: StoreHandle,
    profile: String,
    /// Whether the database was named on the command line.
    is_database_named: bool,
    output: Output,
}

impl Context {
    /// The recording at `file`, under the name that it has from now on.
    fn open(&self, file: &Path) -> Result<Recording, Failure> {
        Ok(Recording::open(&self.store, file).map_err(EngineError::from)?)
    }

    /// The recording that `file` means, to be read about; its file may be gone.
    fn find(&self, file: &Path) -> Result<Recording, Failure> {
        Ok(Recording::find(&self.store, file)?)
    }

    fn worker(&self) -> Worker {
        Worker::new(self.config.clone(), self.store.clone())
    }

    /// Refuses a database that was named and is not there, for commands that only read: a path with a typing error must not
    /// become an empty database.
    fn expect_database(&self) -> Result<(), Failure> {
        let path = self.store.path();
        if self.is_database_named && !path.exists() {
            return Err(Failure::NoDatabase {
                path: path.to_owned(),
            });
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    show_diagnostics();
    let output = Output::new(arguments.json);
    let ended =
        context(&arguments, output.clone()).and_then(|context| run(&context, arguments.command));
    match ended {
        Ok(()) => {
            output.finish(None);
            ExitCode::SUCCESS
        }
        Err(failure) if failure.is_closed_pipe() => ExitCode::from(CLOSED_PIPE),
        Err(failure) => {
            output.finish(Some(&failure));
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard error what `RUST_LOG` asks for, such as `earmark_core=debug`; nothing
/// when it asks for nothing.
fn show_diagnostics() {
    let asked = std::env::var("RUST_LOG").ok();
    let wanted = asked
        .filter(|asked| !asked.is_empty())
        .and_then(|asked| asked.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::OFF));
    tracing_subscriber::registry()
        .with(wanted)
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .init();
}

/// Prints the help that was asked for, or why the arguments make no sense.
fn refuse(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let printed = error.print();
        return match printed {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                ExitCode::from(CLOSED_PIPE)
            }
            Err(_) => ExitCode::FAILURE,
        };
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let value = serde_json::json!({ "error": text.trim() });
        // There is no other place to say it.
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("{value}\n").as_bytes(),
        ));
    } else {
        drop(error.print());
    }
    ExitCode::from(WRONG_ARGUMENTS)
}

fn context(arguments: &Arguments, output: Output) -> Result<Context, Failure> {
    let mut config = Config::from_environment()?;
    // Nobody plays a session while the command line works, so it may have every core.
    config.inference_threads = config
        .inference_threads
        .or_else(|| std::thread::available_parallelism().ok());
    Ok(Context {
        config,
        store: StoreHandle::new(arguments.db.clone())?,
        profile: arguments.profile.clone(),
        is_database_named: arguments.db.is_some(),
        output,
    })
}

fn run(context: &Context, command: Command) -> Result<(), Failure> {
    if command.only_reads() {
        context.expect_database()?;
    }
    match command {
        Command::Scan(arguments) => scan::scan(context, &arguments),
        Command::Train(arguments) => learn::train(context, arguments),
        Command::Stats(arguments) => learn::stats(context, arguments),
        Command::Relink { folder } => marks::relink(context, &folder),
        Command::Forget { file, yes } => forget::forget(context, &file, yes),
        Command::Results(arguments) => results::results(context, &arguments),
        Command::Precision(arguments) => precision::precision(context, &arguments),
        Command::Timeline(arguments) => timeline::timeline(context, &arguments),
        Command::Export(arguments) => export::export(context, &arguments),
        Command::Evaluate(arguments) => evaluate::evaluate(context, &arguments),
        Command::Import(arguments) => import::import(context, &arguments),
        Command::Versions { file, model } => results::versions(context, &file, &model),
        Command::Compare(arguments) => results::compare(context, &arguments),
        Command::Library(command) => library::run(context, command),
        Command::Similar(arguments) => similar::similar(context, &arguments),
        Command::Clip(command) => run_clip(context, command),
        Command::Negative(command) => run_negative(context, command),
        Command::Unsure(UnsureCommand::Add(span)) => unsure::add(context, &span),
        Command::Unsure(UnsureCommand::List) => unsure::list(context),
        Command::Unsure(UnsureCommand::Delete { ids }) => unsure::delete(context, &ids),
        Command::Note(command) => run_note(context, command),
        Command::Profiles => profiles::list(context),
        Command::Profile(command) => run_profile(context, command),
        Command::Classifiers { model } => learn::classifiers(context, &model),
        Command::Models { command } => models::run(context, command.as_ref()),
        Command::RestoreClassifier {
            version,
            model,
            threshold,
        } => learn::restore_classifier(context, version, &model, threshold),
        Command::Merge(arguments) => merge::run(context, &arguments),
        Command::Pack(command) => pack::run(context, command),
        Command::Doctor => doctor::doctor(context),
        Command::Settings { key, value } => {
            settings::settings(context, key.as_deref(), value.as_deref())
        }
        Command::RestoreBackup { yes } => restore::restore_backup(context, yes),
    }
}

fn run_clip(context: &Context, command: ClipCommand) -> Result<(), Failure> {
    match command {
        ClipCommand::Add(arguments) => marks::add_clips(context, &arguments),
        ClipCommand::List { class } => marks::list_clips(context, class.as_deref()),
        ClipCommand::Delete { ids } => marks::delete_clips(context, &ids),
    }
}

fn run_negative(context: &Context, command: NegativeCommand) -> Result<(), Failure> {
    match command {
        NegativeCommand::Add(span) => marks::add_negative(context, &span),
        NegativeCommand::List { model } => marks::list_negatives(context, model.as_deref()),
        NegativeCommand::Delete { ids } => marks::delete_negatives(context, &ids),
        NegativeCommand::Clear { model, yes } => {
            marks::clear_negatives(context, model.as_deref(), yes)
        }
    }
}

fn run_note(context: &Context, command: NoteCommand) -> Result<(), Failure> {
    match command {
        NoteCommand::Set(arguments) => note::set(context, &arguments),
        NoteCommand::List { file, find } => note::list(context, file.as_deref(), find.as_deref()),
        NoteCommand::Delete { ids } => note::delete(context, &ids),
    }
}

fn run_profile(context: &Context, command: ProfileCommand) -> Result<(), Failure> {
    match command {
        ProfileCommand::Create { name } => profiles::create(context, &name),
        ProfileCommand::Duplicate { name, new_name } => {
            profiles::duplicate(context, &name, &new_name)
        }
        ProfileCommand::Rename { name, new_name } => profiles::rename(context, &name, &new_name),
        ProfileCommand::Delete { name, yes } => profiles::delete(context, &name, yes),
    }
}
