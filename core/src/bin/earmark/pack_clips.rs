//! The example clips of packs: from the database's folders into a pack, and from a pack into a folder. Blocks on the disk; the main thread.

use std::io::Write as _;
use std::path::Path;

use earmark_core::audio;
use earmark_core::export::ClassName;
use earmark_core::pack::{Pack, PackClip, exchange};
use earmark_core::platform::whole_file::{Existing, write_whole};
use earmark_core::words::counted;

use super::Context;
use super::failure::Failure;

/// The clips of `classes` that a training counts.
pub fn clips_of(context: &Context, classes: &[String]) -> Result<Vec<PackClip>, Failure> {
    let (clips, missing) =
        exchange::clips_of(&context.store, &context.profile, classes, &mut || Ok(()))?;
    if missing > 0 {
        context.output.note(&format!(
            "{} left out: the files cannot be read, or are not audio",
            counted(missing, "clip")
        ));
    }
    Ok(clips)
}

/// Writes the clips of `pack` into `folder`. Those that no reader of audio takes are left out, and no file is replaced.
pub fn unpack_clips(context: &Context, pack: &Pack, folder: &Path) -> Result<(), Failure> {
    let mut classes: Vec<String> = Vec::new();
    let (mut written, mut refused) = (0, 0);
    for (index, clip) in pack.clips().iter().enumerate() {
        let class = ClassName::new(&clip.class)?;
        let folder = folder.join(class.as_str());
        let path = folder.join(format!("{:03}.{}", index + 1, clip.ending));
        let unwritable = |source| Failure::Unwritable {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let put = write_whole(&path, Existing::Keep, |file| file.write_all(&clip.bytes));
        put.map_err(unwritable)?;
        if audio::open(&path).is_err() {
            std::fs::remove_file(&path).map_err(unwritable)?;
            refused += 1;
            continue;
        }
        written += 1;
        if !classes.iter().any(|known| known == class.as_str()) {
            classes.push(class.as_str().to_owned());
        }
    }
    if refused > 0 {
        let left_out = counted(refused, "clip");
        let note = format!("{left_out} of the pack left out: they are not audio that can be read");
        context.output.note(&note);
    }
    let commands = classes.iter().map(|class| {
        let folder = folder.join(class);
        format!("\n  earmark clip add --class {class} {}", folder.display())
    });
    context.output.note(&format!(
        "{} written to {}; this makes examples of them:{}",
        counted(written, "clip"),
        folder.display(),
        commands.collect::<String>()
    ));
    Ok(())
}
