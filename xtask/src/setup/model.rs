//! Puts the default embedding model into the resources folder: converted, described and attributed.

use super::cache::{Cache, is_cached, sha256_hex, write_whole};
use super::checkpoint::read_member;
use super::network::{Provenance, convert};
use super::pins::{AISFX, AISFX_ONNX_SHA256};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::io::Cursor;
use zip::ZipArchive;

const MODEL: &str = "aisfx.onnx";
const MANIFEST: &str = "aisfx.json";
const LICENCE: &str = "aisfx-LICENSE.txt";
const ATTRIBUTION: &str = "aisfx-ATTRIBUTION.txt";

const LICENCE_ID: &str = "CC-BY-4.0";

/// Credit, licence and a note of the changes, as CC BY 4.0 asks for.
const ATTRIBUTION_TEXT: &str = "aisfx 0.1.2: pre-trained model of \"Representation Learning for the Automatic \
    Indexing of Sound Effects Libraries\" by Alison Bernice Ma and Alexander Lerch, Proceedings of the 23rd \
    International Society for Music Information Retrieval Conference (ISMIR), 2022, pages 866-875. Copyright (c) \
    2022 A.B. Ma and A. Lerch, https://github.com/alisonbma/aisfx, licensed under the Creative Commons Attribution \
    4.0 International licence, https://creativecommons.org/licenses/by/4.0/. Changes made for Earmark: converted \
    to ONNX, the classification heads and the maximum over time left out, batch normalisation folded into the \
    convolutions, weights rounded to half precision.";

/// Whether everything is there already.
///
/// # Errors
/// If the model there is another one than the pinned one.
pub fn is_installed(cache: &Cache) -> Result<bool> {
    let folder = cache.resources().join("models");
    // Compared rather than only looked for: a newer Earmark may describe the same model differently.
    let descriptions = [(MANIFEST, manifest()?), (ATTRIBUTION, attribution())]
        .into_iter()
        .all(|(name, text)| {
            std::fs::read_to_string(folder.join(name)).is_ok_and(|found| found == text)
        });
    Ok(is_cached(&folder.join(MODEL), AISFX_ONNX_SHA256)?
        && descriptions
        && folder.join(LICENCE).is_file())
}

/// Converts the model from the wheel in `bytes` and describes it.
///
/// # Errors
/// If the wheel does not hold the model, or the conversion does not give the pinned file.
pub fn install(cache: &Cache, bytes: &[u8]) -> Result<()> {
    println!("Converting {} {} to ONNX …", AISFX.project, AISFX.version);
    let mut wheel = ZipArchive::new(Cursor::new(bytes))
        .with_context(|| format!("{} is not a wheel", AISFX.file))?;
    let checkpoint = read_member(&mut wheel, "aisfx/models/checkpoint.pth")?;
    let licence = read_member(&mut wheel, "aisfx-0.1.2.dist-info/licenses/LICENSE")?;
    let provenance = Provenance {
        attribution: ATTRIBUTION_TEXT,
        licence: LICENCE_ID,
    };
    let model =
        convert(&checkpoint, &provenance).context("the aisfx checkpoint cannot be converted")?;
    let found = sha256_hex(&model);
    ensure!(
        found == AISFX_ONNX_SHA256,
        "the conversion of aisfx gave sha256 {found} where {AISFX_ONNX_SHA256} is pinned. If you changed the \
         conversion on purpose, let the tests of earmark-core compare it with the reference embedding, then take \
         the new checksum over into xtask/src/setup/pins.rs; otherwise please report this with your platform."
    );
    let folder = cache.resources().join("models");
    write_whole(&folder.join(LICENCE), &licence)?;
    write_whole(&folder.join(ATTRIBUTION), attribution().as_bytes())?;
    write_whole(&folder.join(MANIFEST), manifest()?.as_bytes())?;
    write_whole(&folder.join(MODEL), &model)
}

fn attribution() -> String {
    format!("{ATTRIBUTION_TEXT}\n")
}

/// The model's manifest, in the form `earmark_core::embed::Manifest` reads.
fn manifest() -> Result<String> {
    let manifest = json!({
        "format_version": 1,
        "key": "AISFX",
        "name": "aisfx 0.1.2",
        "file": MODEL,
        "sha256": AISFX_ONNX_SHA256,
        "sample_rate_hz": 44_100,
        "front_end": {
            "kind": "log_mel",
            "fft": 2048,
            "hop": 1024,
            "bands": 96,
            "min_hz": 0.0,
            "max_hz": 22_050.0,
            "gain": 10_000.0,
            "divisor": 9.4578,
        },
        "input": "logmel",
        "output": "steps",
        "dims": 512,
        "frames_per_step": 8,
        // Each output step sees 30 frames to either side: 2 x (1 + 2 + 4 + 8), which is four steps at most.
        "context_steps": 4,
        "window_steps": 5,
        "pooling": "max",
        "licence": LICENCE_ID,
        "attribution": ATTRIBUTION_TEXT,
    });
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}
