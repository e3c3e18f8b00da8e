//! `earmark settings`: what belongs to the database rather than to one plugin instance.

use std::num::NonZeroUsize;

use earmark_core::embed::Provider;
use earmark_core::engine::{
    EXECUTION_PROVIDER, EngineError, INFERENCE_THREADS, default_inference_threads,
};
use serde::Serialize;
use serde_json::Value;

use super::Context;

/// Takes back what was chosen.
const DEFAULT: &str = "default";

/// A setting there is.
struct Known {
    key: &'static str,
    what: &'static str,
    /// What can be chosen, in words.
    wanted: fn() -> String,
    default: fn() -> Value,
    /// A chosen value as it is shown; `None` for one that cannot be.
    read: fn(&str) -> Option<Value>,
}

const SETTINGS: [Known; 2] = [
    Known {
        key: INFERENCE_THREADS,
        what: "threads a model runs on in a host; the default leaves the host a core",
        wanted: || String::from("a whole number from 1 on"),
        default: || default_inference_threads().get().into(),
        read: |text| Some(text.parse::<NonZeroUsize>().ok()?.get().into()),
    },
    Known {
        key: EXECUTION_PROVIDER,
        what: "what models run on; where it cannot be used, the processor",
        wanted: || Provider::NAMES.join(", "),
        default: || Value::from("cpu"),
        read: |text| Provider::NAMES.contains(&text).then(|| text.into()),
    },
];

#[derive(Serialize)]
struct Shown {
    key: &'static str,
    value: Value,
    default: Value,
    what: &'static str,
}

/// Shows all settings or the one called `key`, which takes on `value` first if there is one.
pub fn settings(
    context: &Context,
    key: Option<&str>,
    value: Option<&str>,
) -> Result<(), EngineError> {
    if let Some(key) = key {
        let setting = SETTINGS.iter().find(|setting| setting.key == key);
        let setting = setting.ok_or_else(|| EngineError::NoSuchSetting {
            key: key.to_owned(),
        })?;
        if let Some(value) = value {
            choose(context, setting, value)?;
        }
    }
    let shown = SETTINGS
        .iter()
        .filter(|setting| key.is_none_or(|key| key == setting.key))
        .map(|setting| {
            let default = (setting.default)();
            let chosen = context.store.with(|store| store.setting(setting.key))?;
            Ok(Shown {
                key: setting.key,
                value: chosen
                    .and_then(|value| (setting.read)(&value))
                    .unwrap_or_else(|| default.clone()),
                default,
                what: setting.what,
            })
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    context.output.show(&shown, |shown| {
        let lines = shown.iter().map(|setting| {
            let Shown {
                key,
                value,
                default,
                what,
            } = setting;
            let plain = |value: &Value| value.to_string().replace('"', "");
            format!(
                "{key} = {}  (default {}: {what})",
                plain(value),
                plain(default)
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn choose(context: &Context, setting: &Known, value: &str) -> Result<(), EngineError> {
    let kept = match value {
        DEFAULT => "",
        value if (setting.read)(value).is_some() => value,
        _ => {
            return Err(EngineError::SettingRefused {
                key: setting.key.to_owned(),
                value: value.to_owned(),
                wanted: (setting.wanted)(),
            });
        }
    };
    Ok(context
        .store
        .with(|store| store.set_setting(setting.key, kept))?)
}
