//! `models`: which embedding models there are, and adding one.

use std::path::{Path, PathBuf};

use earmark_core::embed::{self, InferenceOptions, Manifest, Runtime};
use earmark_core::platform;
use earmark_core::protocol::EngineError;
use earmark_core::settings::execution_provider;
use serde::Serialize;

use super::Context;
use super::arguments::ModelsCommand;
use super::failure::Failure;

/// A model, or a description that makes none.
#[derive(Serialize, Default)]
pub struct ModelFound {
    /// Its name in the database and on its tab.
    pub key: Option<String>,
    pub name: Option<String>,
    licence: Option<String>,
    attribution: Option<String>,
    /// All its files together.
    size_bytes: Option<u64>,
    /// Where it was found.
    folder: Option<PathBuf>,
    window_s: Option<f64>,
    hop_s: Option<f64>,
    dims: Option<usize>,
    /// Whether the window has a tab that can scan with it.
    has_tab: bool,
    /// Why it cannot be used, with the remedy.
    pub error: Option<String>,
}

#[derive(Serialize)]
struct ModelAdded {
    model: ModelFound,
    x_realtime: f64,
    batch_difference: f32,
    provider: &'static str,
    /// Why the execution provider is not the one that was asked for.
    provider_message: Option<String>,
}

pub fn run(context: &Context, command: Option<&ModelsCommand>) -> Result<(), Failure> {
    match command {
        None => list(context),
        Some(ModelsCommand::Add { file, replace }) => add(context, file, *replace),
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    context.output.show(&found_models(), |found| {
        if found.is_empty() {
            return String::from(
                "no models found: `earmark doctor` shows the folders that were searched",
            );
        }
        found.iter().map(line).collect()
    })
}

/// Refuses a model that is neither installed nor named anywhere in the database: it is a typing error.
pub fn expect_model(context: &Context, key: &str) -> Result<(), Failure> {
    let found = embed::find_models(&platform::model_folders());
    let keys: Vec<String> = found
        .into_iter()
        .flatten()
        .map(|manifest| manifest.key().to_owned())
        .collect();
    if keys.iter().any(|known| known == key)
        || context.store.with(|store| store.knows_model(key))?
    {
        return Ok(());
    }
    Err(Failure::Engine(EngineError::NoSuchModel {
        key: key.to_owned(),
        found: match keys.is_empty() {
            true => String::from("none"),
            false => keys.join(", "),
        },
    }))
}

/// Every model in the folders where models are, its files compared with their checksums.
pub fn found_models() -> Vec<ModelFound> {
    embed::find_models(&platform::model_folders())
        .into_iter()
        .map(|model| match model {
            Ok(manifest) => described(&manifest),
            Err(error) => ModelFound {
                error: Some(error.to_string()),
                ..ModelFound::default()
            },
        })
        .collect()
}

fn described(manifest: &Manifest) -> ModelFound {
    let file = manifest.file();
    let error = embed::verify_files(manifest).err();
    let names = file.data.iter().map(|data| &data.file).chain([&file.file]);
    let size = names
        .filter_map(|name| Some(manifest.folder().join(name).metadata().ok()?.len()))
        .sum();
    ModelFound {
        key: Some(manifest.key().to_owned()),
        name: Some(file.name.clone()),
        licence: Some(file.licence.clone()),
        attribution: Some(file.attribution.clone()),
        size_bytes: Some(size),
        folder: Some(manifest.folder().to_owned()),
        window_s: Some(manifest.window_s()),
        hop_s: Some(manifest.step_s()),
        dims: Some(manifest.dims()),
        has_tab: error.is_none(),
        error: error.map(|error| error.to_string()),
    }
}

fn line(model: &ModelFound) -> String {
    let error = model.error.as_deref();
    let Some(key) = &model.key else {
        return format!("unusable: {}\n", error.unwrap_or_default());
    };
    let mut text = format!(
        "{key}  {}  ({})  {:.1} MB  windows of {:.2} s every {:.2} s  {}\n",
        model.name.as_deref().unwrap_or_default(),
        model.licence.as_deref().unwrap_or_default(),
        model.size_bytes.unwrap_or_default() as f64 / 1e6,
        model.window_s.unwrap_or_default(),
        model.hop_s.unwrap_or_default(),
        model.folder.as_deref().unwrap_or(Path::new("")).display(),
    );
    match error {
        Some(error) => text.push_str(&format!("  cannot scan: {error}\n")),
        None => text.push_str(&format!("  tab {key}\n")),
    }
    text
}

fn add(context: &Context, file: &Path, replace: bool) -> Result<(), Failure> {
    let runtime = Runtime::load(&platform::runtime_candidates())?;
    let options = InferenceOptions {
        threads: std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN),
        provider: execution_provider(&context.store)?,
    };
    let models = platform::user_folders()?.models;
    let (manifest, report) = embed::add_model(&runtime, file, &models, options, replace)?;
    let added = ModelAdded {
        model: described(&manifest),
        x_realtime: report.x_realtime,
        batch_difference: report.batch_difference,
        provider: report.provider.provider.name(),
        provider_message: report.provider.message,
    };
    context.output.show(&added, |added| {
        let mut text = format!(
            "added {}{:.1} x real time on {}; vectors differ by {:.5} between one window at a time and several\n",
            line(&added.model),
            added.x_realtime,
            added.provider,
            added.batch_difference
        );
        if let Some(message) = &added.provider_message {
            text.push_str(&format!("{message}\n"));
        }
        text
    })
}
