//! What `setup` brings: names, exact versions and checksums.
//!
//! Every wheel is asked for with an explicit platform and Python version, so that one file per platform is
//! pinned whatever Python the user has. To move to another version: change it here, run `cargo xtask setup`,
//! and take over the checksums it reports once you have convinced yourself that they are right.

/// A file on the Python Package Index.
#[derive(Debug, Clone, Copy)]
pub struct Wheel {
    /// The project's name.
    pub project: &'static str,
    /// The exact version.
    pub version: &'static str,
    /// The file's name, which pip keeps.
    pub file: &'static str,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// pip's platform tag, for a wheel that holds native code.
    pub platform: Option<&'static str>,
}

/// ONNX Runtime for one platform.
#[derive(Debug, Clone, Copy)]
pub struct RuntimePin {
    /// `std::env::consts::OS` and `ARCH`.
    pub target: (&'static str, &'static str),
    /// Where it comes from.
    pub wheel: Wheel,
    /// The library's path in the wheel.
    pub member: &'static str,
    /// The library's file name in the resources folder: the one `earmark_core::platform` looks for, without a
    /// version, so that a newer one replaces it.
    pub library: &'static str,
    /// SHA-256 of the library.
    pub library_sha256: &'static str,
}

impl RuntimePin {
    /// The pin for the platform this program was compiled for, if there is one.
    pub fn for_this_platform() -> Option<&'static Self> {
        // The wheels for Linux need glibc.
        if cfg!(all(target_os = "linux", not(target_env = "gnu"))) {
            return None;
        }
        Self::for_target(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The pin for a platform, if there is one.
    pub fn for_target(os: &str, arch: &str) -> Option<&'static Self> {
        RUNTIMES.iter().find(|pin| pin.target == (os, arch))
    }
}

const fn runtime_wheel(platform: &'static str, file: &'static str, sha256: &'static str) -> Wheel {
    Wheel {
        project: "onnxruntime",
        version: "1.28.0",
        file,
        sha256,
        platform: Some(platform),
    }
}

/// ONNX Runtime 1.28.0, one line of checksums per platform it is published for.
///
/// The last version that keeps to itself on Linux and macOS: from 1.29 on the published builds write a device id into
/// the user's cache folder and send an event to their maker as soon as an environment is made, before a program can
/// call `DisableTelemetryEvents`. The one way to stop that is an environment variable (`ORT_DISABLE_TELEMETRY`), and a
/// plugin must not change the environment of its host's process. The tests watch for what it leaves behind.
pub const RUNTIMES: [RuntimePin; 5] = [
    RuntimePin {
        target: ("linux", "x86_64"),
        wheel: runtime_wheel(
            "manylinux_2_28_x86_64",
            "onnxruntime-1.28.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
            "0a83bdb70d143cede762b677789bf2a7acca54b3fb82565601d5c30695aa933c",
        ),
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
        library: "libonnxruntime.so",
        library_sha256: "aa4079d18f4ea7a5f3a94d80cd4bbe0f2740436626622d64d793803a20381083",
    },
    RuntimePin {
        target: ("linux", "aarch64"),
        wheel: runtime_wheel(
            "manylinux_2_28_aarch64",
            "onnxruntime-1.28.0-cp312-cp312-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
            "4e81a23df16e7acb9d51b06d30cc098e49315ef9180f97bc2221d167b4b04d9c",
        ),
        member: "onnxruntime/capi/libonnxruntime.so.1.28.0",
        library: "libonnxruntime.so",
        library_sha256: "23a37c2994bc273e1d59a4f49af6cba5bf1cfbc29f04907ec27df375aba50a7d",
    },
    RuntimePin {
        target: ("windows", "x86_64"),
        wheel: runtime_wheel(
            "win_amd64",
            "onnxruntime-1.28.0-cp312-cp312-win_amd64.whl",
            "c35064f9b3c43c81c5d5d282091401d0f1ff22796d93ccade4ea2ece5e137ab8",
        ),
        member: "onnxruntime/capi/onnxruntime.dll",
        library: "onnxruntime.dll",
        library_sha256: "3d6bd02dc137b9a1dfdac045a52b147ffb920bb06ab812b08fc8e14279859855",
    },
    RuntimePin {
        target: ("windows", "aarch64"),
        wheel: runtime_wheel(
            "win_arm64",
            "onnxruntime-1.28.0-cp312-cp312-win_arm64.whl",
            "e02feeb0165c5f13b4cc954738078d59b90128516ac12b671ee24a530242bf02",
        ),
        member: "onnxruntime/capi/onnxruntime.dll",
        library: "onnxruntime.dll",
        library_sha256: "e651433cfe465292e80abf7b9624c181a749cd4f34e1770e34f18fa0196bba3e",
    },
    RuntimePin {
        target: ("macos", "aarch64"),
        wheel: runtime_wheel(
            "macosx_14_0_arm64",
            "onnxruntime-1.28.0-cp312-cp312-macosx_14_0_arm64.whl",
            "26ff0fdd06efb6c155bae95387a09db1a2be89c7a03e4d0bffd5a171cc2826da",
        ),
        member: "onnxruntime/capi/libonnxruntime.1.28.0.dylib",
        library: "libonnxruntime.dylib",
        library_sha256: "cadd9517e089d197e5d381bc31813875eb8addce8712bac501645fea8008800c",
    },
];

/// The default embedding model.
pub const AISFX: Wheel = Wheel {
    project: "aisfx",
    version: "0.1.2",
    file: "aisfx-0.1.2-py2.py3-none-any.whl",
    sha256: "bfe219950715af179e9a1653e7117cc1852baef267cd6596c42cad74afe1d194",
    platform: None,
};

/// SHA-256 of the ONNX file that [`super::network::convert`] makes of the blocks of [`AISFX`] that Earmark uses.
pub const AISFX_ONNX_SHA256: &str =
    "31dffa7d8528714c02866a410b1ea04a3ea3249170ce1df3389f3b8711f7b43a";
/// The same of all of its blocks.
pub const AISFX_WHOLE_ONNX_SHA256: &str =
    "ebbc4bd80b4f69726a96dceb57ddeb746840cc1a64389ed2c77e4a059597dd01";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checksum_is_a_sha256_and_every_wheel_is_of_the_pinned_version() {
        let wheels = RUNTIMES.iter().map(|pin| &pin.wheel).chain([&AISFX]);
        let checksums = RUNTIMES
            .iter()
            .map(|pin| pin.library_sha256)
            .chain([AISFX_ONNX_SHA256, AISFX_WHOLE_ONNX_SHA256]);
        for wheel in wheels.clone() {
            let prefix = format!("{}-{}-", wheel.project, wheel.version);
            assert!(wheel.file.starts_with(&prefix), "{}", wheel.file);
        }
        for sha256 in wheels.map(|wheel| wheel.sha256).chain(checksums) {
            let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            assert!(
                sha256.len() == 64 && sha256.bytes().all(is_lower_hex),
                "{sha256}"
            );
        }
    }

    #[test]
    fn a_platform_without_a_wheel_has_no_pin() {
        assert!(RuntimePin::for_target("linux", "x86_64").is_some());
        assert!(RuntimePin::for_target("macos", "x86_64").is_none());
        assert!(RuntimePin::for_target("freebsd", "x86_64").is_none());
    }
}
