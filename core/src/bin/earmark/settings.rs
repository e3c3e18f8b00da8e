//! `earmark settings`: what belongs to the database or to the user rather than to one plugin instance.

use earmark_core::settings::{Accepts, SETTINGS, Setting};
use serde::Serialize;
use serde_json::Value;

use super::Context;
use super::failure::Failure;

/// Goes back to the default.
const DEFAULT: &str = "default";

#[derive(Serialize)]
struct Shown {
    key: &'static str,
    value: Value,
    default: Value,
    what: &'static str,
    holds: &'static str,
    /// The environment variable that comes first at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    overruled_by: Option<&'static str>,
}

/// Shows all settings or the one called `key`, which takes on `value` first if there is one.
pub fn settings(context: &Context, key: Option<&str>, value: Option<&str>) -> Result<(), Failure> {
    let named = key.map(Setting::find).transpose()?;
    if let (Some(setting), Some(value)) = (named, value) {
        let chosen = Some(value).filter(|value| *value != DEFAULT);
        setting.choose(&context.store, chosen)?;
    }
    let settings = SETTINGS
        .iter()
        .filter(|setting| named.is_none_or(|named| named == *setting))
        .map(|setting| show(context, setting))
        .collect::<Result<Vec<_>, _>>()?;
    context.output.show(&settings, |settings| {
        let lines = settings.iter().map(|setting| {
            let overruled = setting
                .overruled_by
                .map_or_else(String::new, |variable| format!("; {variable} comes first"));
            format!(
                "{} = {}  (default {}: {}; {}{overruled})",
                setting.key,
                words(&setting.value),
                words(&setting.default),
                setting.what,
                setting.holds,
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn show(context: &Context, setting: &'static Setting) -> Result<Shown, Failure> {
    let value_of = |text: String| match setting.accepts {
        Accepts::Count(_) => text.parse::<u64>().map_or(Value::Null, Value::from),
        _ => Value::from(text),
    };
    let default = setting.default_value();
    let chosen = setting.chosen_in(&context.store)?;
    Ok(Shown {
        key: setting.key,
        value: value_of(chosen.unwrap_or_else(|| default.clone())),
        default: value_of(default),
        what: setting.meaning,
        holds: setting.holds,
        overruled_by: setting.overruled_by(),
    })
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
