//! The sounds that a scan looks for at once: the profiles that are named, or all that something was learned in. Main thread.

use super::Context;
use super::arguments::SoundArguments;
use super::failure::Failure;

/// The profiles whose classifiers `scan` asks, each once; without any arguments the one that `--profile` names.
///
/// # Errors
/// When a sound is named that nothing was learned for, or nothing was learned at all.
pub fn chosen(
    context: &Context,
    model: &str,
    arguments: &SoundArguments,
) -> Result<Vec<String>, Failure> {
    if !arguments.all_sounds && arguments.sounds.is_empty() {
        return Ok(vec![context.profile.clone()]);
    }
    let learned = context
        .store
        .with(|store| store.profiles_with_classifier(model))?;
    if arguments.all_sounds {
        return match learned.is_empty() {
            true => Err(Failure::NothingLearned {
                wanted: None,
                model: model.to_owned(),
                known: learned,
            }),
            false => Ok(learned),
        };
    }
    let mut chosen: Vec<String> = Vec::new();
    for sound in &arguments.sounds {
        if !learned.contains(sound) {
            return Err(Failure::NothingLearned {
                wanted: Some(sound.clone()),
                model: model.to_owned(),
                known: learned,
            });
        }
        if !chosen.contains(sound) {
            chosen.push(sound.clone());
        }
    }
    Ok(chosen)
}
