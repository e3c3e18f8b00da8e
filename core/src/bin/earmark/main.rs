//! `earmark`: the engine without a host, on the same database as the plugin.
//!
//! Every subcommand prints for people, or with `--json` one JSON value for programs. Errors go to standard error with a
//! remedy; the exit code is 0 when all went well, 1 when something failed and 2 when the arguments make no sense.

mod arguments;
mod doctor;
mod export;
mod learn;
mod marks;
mod models;
mod output;
mod profiles;
mod restore;
mod results;
mod settings;
mod unsure;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use earmark_core::config::Config;
use earmark_core::protocol::EngineError;
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::worker::Worker;

use arguments::{Arguments, ClipCommand, Command, NegativeCommand, ProfileCommand, UnsureCommand};
use output::Output;

/// What every subcommand works with.
struct Context {
    config: Config,
    store: StoreHandle,
    profile: String,
    output: Output,
}

impl Context {
    /// The recording at `file`, under the name that it has from now on.
    fn open(&self, file: &Path) -> Result<Recording, EngineError> {
        Ok(Recording::open(&self.store, file)?)
    }

    /// The recording that `file` means, to be read about; its file may be gone.
    fn find(&self, file: &Path) -> Result<Recording, EngineError> {
        Ok(Recording::find(&self.store, file)?)
    }

    fn worker(&self) -> Worker {
        Worker::new(self.config.clone(), self.store.clone())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let output = Output::new(arguments.json);
    match context(&arguments, output).and_then(|context| run(&context, arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn context(arguments: &Arguments, output: Output) -> Result<Context, EngineError> {
    let mut config = Config::from_environment()?;
    // Nobody plays a session while the command line works, so it may have every core.
    config.inference_threads = config
        .inference_threads
        .or_else(|| std::thread::available_parallelism().ok());
    Ok(Context {
        config,
        store: StoreHandle::new(arguments.db.clone())?,
        profile: arguments.profile.clone(),
        output,
    })
}

fn run(context: &Context, command: Command) -> Result<(), EngineError> {
    match command {
        Command::Scan {
            files,
            model,
            threshold,
            shape,
        } => learn::scan(context, &files, &model, threshold, &shape),
        Command::Train(arguments) => learn::train(context, arguments),
        Command::Stats(arguments) => learn::stats(context, arguments),
        Command::Relink { folder } => marks::relink(context, &folder),
        Command::Results {
            file,
            model,
            version,
            threshold,
            peaks,
        } => results::results(context, &file, &model, version.as_deref(), threshold, peaks),
        Command::Export(arguments) => export::export(context, &arguments),
        Command::Versions { file, model } => results::versions(context, &file, &model),
        Command::Compare {
            file,
            model,
            from,
            to,
        } => results::compare(context, &file, &model, &from, &to),
        Command::Clip(ClipCommand::Add {
            files,
            class,
            start,
            end,
        }) => marks::add_clips(context, &files, &class, start, end),
        Command::Clip(ClipCommand::List { class }) => marks::list_clips(context, class.as_deref()),
        Command::Clip(ClipCommand::Remove { ids }) => marks::remove_clips(context, &ids),
        Command::Negative(NegativeCommand::Add {
            file,
            start,
            end,
            model,
        }) => marks::add_negative(context, &file, start, end, &model),
        Command::Negative(NegativeCommand::List { model }) => {
            marks::list_negatives(context, model.as_deref())
        }
        Command::Negative(NegativeCommand::Remove { ids }) => {
            marks::remove_negatives(context, &ids)
        }
        Command::Negative(NegativeCommand::Clear { model, yes }) => {
            marks::clear_negatives(context, model.as_deref(), yes)
        }
        Command::Unsure(UnsureCommand::Add {
            file,
            start,
            end,
            model,
        }) => unsure::add(context, &file, start, end, &model),
        Command::Unsure(UnsureCommand::List) => unsure::list(context),
        Command::Unsure(UnsureCommand::Remove { ids }) => unsure::remove(context, &ids),
        Command::Profiles => profiles::list(context),
        Command::Profile(ProfileCommand::Create { name }) => profiles::create(context, &name),
        Command::Profile(ProfileCommand::Duplicate { name, new_name }) => {
            profiles::duplicate(context, &name, &new_name)
        }
        Command::Profile(ProfileCommand::Rename { name, new_name }) => {
            profiles::rename(context, &name, &new_name)
        }
        Command::Profile(ProfileCommand::Delete { name, yes }) => {
            profiles::delete(context, &name, yes)
        }
        Command::Classifiers { model } => learn::classifiers(context, &model),
        Command::Models { command } => models::run(context, command.as_ref()),
        Command::RestoreClassifier {
            version,
            model,
            threshold,
        } => learn::restore_classifier(context, version, &model, threshold),
        Command::Doctor => doctor::doctor(context),
        Command::Settings { key, value } => {
            settings::settings(context, key.as_deref(), value.as_deref())
        }
        Command::RestoreBackup { yes } => restore::restore_backup(context, yes),
    }
}
