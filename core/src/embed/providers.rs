//! What runs a model: the processor, or an accelerator that was built in and asked for.
//!
//! An accelerator is a cargo feature (`cuda`, `coreml`, `directml`) and needs an ONNX Runtime that was built with it. When
//! it cannot be used the processor takes over, and a message says why.

use std::str::FromStr;

use ort::ep::ExecutionProviderDispatch;
use ort::session::Session;

/// The environment variable that chooses a [`Provider`].
pub const PROVIDER_VARIABLE: &str = "EARMARK_EXECUTION_PROVIDER";

/// What a model should run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// NVIDIA's CUDA.
    Cuda,
    /// Apple's Core ML.
    CoreMl,
    /// Microsoft's DirectML.
    DirectMl,
}

/// There is no such execution provider.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no execution provider {0}: set {PROVIDER_VARIABLE} to cpu, cuda, coreml or directml"
)]
pub struct NoSuchProvider(String);

impl FromStr for Provider {
    type Err = NoSuchProvider;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            "coreml" => Ok(Self::CoreMl),
            "directml" => Ok(Self::DirectMl),
            _ => Err(NoSuchProvider(text.to_owned())),
        }
    }
}

impl Provider {
    /// Those there are, as settings name them.
    pub const NAMES: [&'static str; 4] = ["cpu", "cuda", "coreml", "directml"];

    /// The one that `EARMARK_EXECUTION_PROVIDER` names; `None` where it is not set.
    ///
    /// # Errors
    /// When it names none that there is.
    pub fn from_environment() -> Result<Option<Self>, NoSuchProvider> {
        let named = std::env::var(PROVIDER_VARIABLE).unwrap_or_default();
        let named = Some(named.trim()).filter(|name| !name.is_empty());
        named.map(str::parse).transpose()
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::CoreMl => "Core ML",
            Self::DirectMl => "DirectML",
        }
    }

    /// What registers it with a session; the error is the sentence that says why nothing can.
    fn dispatch(self) -> Result<Option<ExecutionProviderDispatch>, String> {
        match self {
            Self::Cpu => Ok(None),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Some(ort::ep::CUDA::default().build().error_on_failure())),
            #[cfg(feature = "coreml")]
            Self::CoreMl => Ok(Some(ort::ep::CoreML::default().build().error_on_failure())),
            #[cfg(feature = "directml")]
            Self::DirectMl => Ok(Some(
                ort::ep::DirectML::default().build().error_on_failure(),
            )),
            #[allow(unreachable_patterns)] // Not so in a build without all of the features.
            other => Err(format!("this Earmark was built without {}", other.name())),
        }
    }
}

/// What a session runs on, and what the user should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What runs the model.
    pub provider: Provider,
    /// Why that is not what was asked for, with what to do.
    pub message: Option<String>,
}

/// Opens a session on `wanted`, or where that fails on the processor.
pub(super) fn with_fallback(
    wanted: Provider,
    mut open: impl FnMut(Option<ExecutionProviderDispatch>) -> ort::Result<Session>,
) -> ort::Result<(Session, Outcome)> {
    let reason = match wanted.dispatch() {
        Ok(None) => None,
        Ok(provider) => match open(provider) {
            Ok(session) => {
                let outcome = Outcome {
                    provider: wanted,
                    message: None,
                };
                return Ok((session, outcome));
            }
            Err(error) => Some(error.to_string()),
        },
        Err(reason) => Some(reason),
    };
    let message = reason.map(|reason| {
        format!(
            "{} cannot be used ({reason}), so the model runs on the processor: install an ONNX Runtime with {} and name it in EARMARK_ORT_DYLIB, or choose the processor with `earmark settings execution_provider cpu`",
            wanted.name(),
            wanted.name()
        )
    });
    if let Some(message) = &message {
        tracing::warn!("{message}");
    }
    let session = open(None)?;
    let outcome = Outcome {
        provider: Provider::Cpu,
        message,
    };
    Ok((session, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_chosen_by_its_name_in_any_case_and_nonsense_is_refused_with_the_choices() {
        assert_eq!("CUDA".parse(), Ok(Provider::Cuda));
        assert_eq!(" coreml ".parse(), Ok(Provider::CoreMl));
        assert_eq!("".parse(), Ok(Provider::Cpu));
        assert!(
            Provider::NAMES
                .iter()
                .all(|name| name.parse::<Provider>().is_ok())
        );
        let error = "gpu".parse::<Provider>().unwrap_err().to_string();
        assert!(error.contains("cpu, cuda, coreml or directml"), "{error}");
    }
}
