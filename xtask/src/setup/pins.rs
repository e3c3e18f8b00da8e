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

    fn for_target(os: &str, arch: &str) -> Option<&'static Self> {
        RUNTIMES.iter().find(|pin| pin.target == (os, arch))
    }
}

const fn runtime_wheel(platform: &'static str, file: &'static str, sha256: &'static str) -> Wheel {
    Wheel {
        project: "onnxruntime",
        version: "1.31.1",
        file,
        sha256,
        platform: Some(platform),
    }
}

/// ONNX Runtime 1.31.1, one line of checksums per platform it is published for.
pub const RUNTIMES: [RuntimePin; 5] = [
    RuntimePin {
        target: ("linux", "x86_64"),
        wheel: runtime_wheel(
            "manylinux_2_28_x86_64",
            "onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_x86_64.whl",
            "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
        ),
        member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        library: "libonnxruntime.so",
        library_sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
    },
    RuntimePin {
        target: ("linux", "aarch64"),
        wheel: runtime_wheel(
            "manylinux_2_28_aarch64",
            "onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_aarch64.whl",
            "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
        ),
        member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        library: "libonnxruntime.so",
        library_sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
    },
    RuntimePin {
        target: ("windows", "x86_64"),
        wheel: runtime_wheel(
            "win_amd64",
            "onnxruntime-1.31.1-cp312-cp312-win_amd64.whl",
            "ae8a9a351efda685cc59a66226cdefaa37a126c1d66872ca23a2de9425326130",
        ),
        member: "onnxruntime/capi/onnxruntime.dll",
        library: "onnxruntime.dll",
        library_sha256: "e45f61e50d8650885452be538a00bb14a715e46a1bc3691000ce947e89ed0306",
    },
    RuntimePin {
        target: ("windows", "aarch64"),
        wheel: runtime_wheel(
            "win_arm64",
            "onnxruntime-1.31.1-cp312-cp312-win_arm64.whl",
            "fe8b9ac1ae8e894e12c47ee82e4f6dfc1835768133687257866469fda80d0bf1",
        ),
        member: "onnxruntime/capi/onnxruntime.dll",
        library: "onnxruntime.dll",
        library_sha256: "dc9e2fe646a72829386a24ac9185a7a4e26d7dbe5dc433d41df063603c00bbc7",
    },
    RuntimePin {
        target: ("macos", "aarch64"),
        wheel: runtime_wheel(
            "macosx_14_0_arm64",
            "onnxruntime-1.31.1-cp312-cp312-macosx_14_0_arm64.whl",
            "96dd2564b10ea7153ad9c207e7cd8e5917cb3ba521e0e0a62ac03486fdc8d56c",
        ),
        member: "onnxruntime/capi/libonnxruntime.1.31.1.dylib",
        library: "libonnxruntime.dylib",
        library_sha256: "d586cbe89effc085a09d3341b3cfbd5c322517f9d397aeb20814af21433f2b36",
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

/// SHA-256 of the ONNX file that [`super::network::convert`] makes of [`AISFX`].
pub const AISFX_ONNX_SHA256: &str =
    "661bcf02df1ce7d58ee0dd2edca37167a8007d8bc850ad9755b99180ca823829";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checksum_is_a_sha256_and_every_wheel_is_of_the_pinned_version() {
        let wheels = RUNTIMES.iter().map(|pin| &pin.wheel).chain([&AISFX]);
        let checksums = RUNTIMES
            .iter()
            .map(|pin| pin.library_sha256)
            .chain([AISFX_ONNX_SHA256]);
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
