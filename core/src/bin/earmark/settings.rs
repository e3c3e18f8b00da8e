//! `earmark settings`: what belongs to the database rather than to one plugin instance.

use std::num::NonZeroUsize;

use earmark_core::engine::{EngineError, INFERENCE_THREADS, default_inference_threads};
use serde::Serialize;

use super::Context;

#[derive(Serialize)]
struct Setting {
    key: &'static str,
    value: NonZeroUsize,
    default: NonZeroUsize,
    what: &'static str,
}

/// Shows all settings or the one called `key`, which takes on `value` first if there is one.
pub fn settings(
    context: &Context,
    key: Option<&str>,
    value: Option<&str>,
) -> Result<(), EngineError> {
    if let Some(key) = key.filter(|key| *key != INFERENCE_THREADS) {
        return Err(EngineError::NoSuchSetting {
            key: key.to_owned(),
        });
    }
    if let Some(value) = value {
        let kept = match value {
            "default" => String::new(),
            value => value
                .parse::<NonZeroUsize>()
                .map_err(|_| EngineError::SettingRefused {
                    key: INFERENCE_THREADS.to_owned(),
                    value: value.to_owned(),
                })?
                .to_string(),
        };
        context
            .store
            .with(|store| store.set_setting(INFERENCE_THREADS, &kept))?;
    }
    let chosen = context
        .store
        .with(|store| store.setting(INFERENCE_THREADS))?;
    let default = default_inference_threads();
    let settings = [Setting {
        key: INFERENCE_THREADS,
        value: chosen
            .and_then(|value| value.parse().ok())
            .unwrap_or(default),
        default,
        what: "threads a model runs on in a host; the default leaves the host a core",
    }];
    context.output.show(&settings, |settings| {
        let lines = settings.iter().map(|setting| {
            let Setting {
                key,
                value,
                default,
                what,
            } = setting;
            format!("{key} = {value}  (default {default}: {what})")
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
