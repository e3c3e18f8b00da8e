//! Why a pack cannot be used here: the model that its classifier learned with is not installed. A value.

use super::ModelOfPack;

/// The model of a pack is not installed, or another one of its name is.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.in_words())]
pub struct MissingModel {
    pub sound: String,
    pub model: Box<ModelOfPack>,
    /// A model of that key is installed, with other weights.
    pub is_other_there: bool,
}

impl MissingModel {
    fn in_words(&self) -> String {
        let ModelOfPack {
            key,
            sha256,
            name,
            attribution,
            ..
        } = self.model.as_ref();
        let digits: String = sha256.chars().take(12).collect();
        let why = match self.is_other_there {
            true => {
                format!("the model {key} that is installed here has other weights than the one")
            }
            false => format!("the model {key} is not installed here, and is the one"),
        };
        let described = [name.clone(), attribution.clone()].into_iter();
        let described: Vec<String> = described
            .chain([format!("SHA-256 {digits}…")])
            .filter(|part| !part.is_empty())
            .collect();
        format!(
            "{why} that {} was trained with: `earmark doctor` shows where models are looked for; ask whoever gave you the pack for this one ({}), then run `earmark models add FILE`",
            self.sound,
            described.join(", ")
        )
    }
}
