//! Puts ONNX Runtime into the resources folder.

use super::cache::{Cache, is_cached, sha256_hex, write_whole};
use super::checkpoint::read_member;
use super::pins::RuntimePin;
use anyhow::{Context, Result, ensure};
use std::io::Cursor;
use zip::ZipArchive;

/// The environment variable that names a runtime the user already has.
pub const OVERRIDE_VARIABLE: &str = "EARMARK_ORT_DYLIB";

/// What comes along with the library, as `(member of the wheel, name beside the library)`.
const NOTICES: [(&str, &str); 2] = [
    ("onnxruntime/LICENSE", "LICENSE"),
    ("onnxruntime/ThirdPartyNotices.txt", "ThirdPartyNotices.txt"),
];

/// Whether everything is there already.
///
/// # Errors
/// If the library there is another one than the pinned one.
pub fn is_installed(cache: &Cache, pin: &RuntimePin) -> Result<bool> {
    let folder = cache.resources().join("onnxruntime");
    let notices = NOTICES.iter().all(|(_, name)| folder.join(name).is_file());
    Ok(is_cached(&folder.join(pin.library), pin.library_sha256)? && notices)
}

/// Unpacks the library and its notices from the wheel in `bytes`.
///
/// # Errors
/// If the wheel does not hold them.
pub fn install(cache: &Cache, pin: &RuntimePin, bytes: &[u8]) -> Result<()> {
    let mut wheel = ZipArchive::new(Cursor::new(bytes))
        .with_context(|| format!("{} is not a wheel", pin.wheel.file))?;
    let library = read_member(&mut wheel, pin.member)?;
    let found = sha256_hex(&library);
    ensure!(
        found == pin.library_sha256,
        "{} in {} has sha256 {found} where {} is pinned; the pins in xtask/src/setup/pins.rs disagree",
        pin.member,
        pin.wheel.file,
        pin.library_sha256
    );
    let folder = cache.resources().join("onnxruntime");
    for (member, name) in NOTICES {
        write_whole(&folder.join(name), &read_member(&mut wheel, member)?)?;
    }
    write_whole(&folder.join(pin.library), &library)
}

/// What to do on a platform for which there is no wheel.
pub fn unsupported_platform() -> String {
    format!(
        "there is no ONNX Runtime package for this platform ({} {}). Install or build ONNX Runtime 1.24 or newer \
         yourself, set {OVERRIDE_VARIABLE} to the full path of its library, and run the command again; set it for \
         the DAW as well.",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}
