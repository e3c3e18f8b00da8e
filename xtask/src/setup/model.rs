//! Puts the default embedding model into the resources folder: converted, described and attributed. The whole network, with
//! which tests and evaluation compare it, lies beside the resources and is never shipped.

use super::cache::{Cache, is_cached, sha256_hex, write_whole};
use super::checkpoint::read_member;
use super::network::{EMBEDDING, EMBEDDING_DIMS, Extent, Provenance, VIEWS, convert};
use super::pins::{AISFX, AISFX_ONNX_SHA256, AISFX_WHOLE_ONNX_SHA256};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::io::Cursor;
use zip::ZipArchive;

const MODEL: &str = "aisfx.onnx";
const WHOLE_MODEL: &str = "aisfx-whole.onnx";
const MANIFEST: &str = "aisfx.json";
const LICENCE: &str = "aisfx-LICENSE.txt";
const ATTRIBUTION: &str = "aisfx-ATTRIBUTION.txt";

const LICENCE_ID: &str = "CC-BY-4.0";

/// Frames of the front end in one step.
const FRAMES_PER_STEP: usize = 8;
/// Steps that influence one of the whole network's: it sees 30 frames to either side, 2 x (1 + 2 + 4 + 8).
const TOP_CONTEXT_STEPS: usize = 4;

/// Credit, licence and a note of the changes, as CC BY 4.0 asks for.
const ATTRIBUTION_TEXT: &str = "aisfx 0.1.2: pre-trained model of \"Representation Learning for the Automatic \
    Indexing of Sound Effects Libraries\" by Alison Bernice Ma and Alexander Lerch, Proceedings of the 23rd \
    International Society for Music Information Retrieval Conference (ISMIR), 2022, pages 866-875. Copyright (c) \
    2022 A.B. Ma and A. Lerch, https://github.com/alisonbma/aisfx, licensed under the Creative Commons Attribution \
    4.0 International licence, https://creativecommons.org/licenses/by/4.0/. Changes made for Earmark: converted \
    to ONNX, the classification heads, the last block and the maximum over time left out, outputs of the inner blocks \
    pooled into frequency bands, batch normalisation folded into the \
    convolutions, weights rounded to half precision.";

/// Whether everything is there already: the model that Earmark ships, and the whole network that tests and evaluation compare it
/// with.
///
/// # Errors
/// If a model there is another one than the description beside it says.
pub fn is_installed(cache: &Cache) -> Result<bool> {
    let shipped = cache.resources().join("models");
    // Compared rather than only looked for: an earlier Earmark described another conversion, which is replaced.
    let descriptions = [
        (shipped.join(MANIFEST), shipped_manifest()?),
        (shipped.join(ATTRIBUTION), attribution()),
        (cache.whole().join("aisfx-top.json"), top_manifest()?),
        (cache.whole().join("aisfx-all.json"), all_manifest()?),
    ];
    let are_ours = descriptions
        .into_iter()
        .all(|(path, text)| std::fs::read_to_string(path).is_ok_and(|found| found == text));
    Ok(are_ours
        && shipped.join(LICENCE).is_file()
        && is_cached(&shipped.join(MODEL), AISFX_ONNX_SHA256)?
        && is_cached(&cache.whole().join(WHOLE_MODEL), AISFX_WHOLE_ONNX_SHA256)?)
}

/// Converts the model from the wheel in `bytes` and describes it.
///
/// # Errors
/// If the wheel does not hold the model, or the conversion does not give the pinned files.
pub fn install(cache: &Cache, bytes: &[u8]) -> Result<()> {
    println!("Converting {} {} to ONNX …", AISFX.project, AISFX.version);
    let mut wheel = ZipArchive::new(Cursor::new(bytes))
        .with_context(|| format!("{} is not a wheel", AISFX.file))?;
    let checkpoint = read_member(&mut wheel, "aisfx/models/checkpoint.pth")?;
    let licence = read_member(&mut wheel, "aisfx-0.1.2.dist-info/licenses/LICENSE")?;
    let whole = converted(&checkpoint, Extent::Whole, AISFX_WHOLE_ONNX_SHA256)?;
    let shipped = converted(&checkpoint, Extent::Views, AISFX_ONNX_SHA256)?;
    write_whole(&cache.whole().join(WHOLE_MODEL), &whole)?;
    write_whole(
        &cache.whole().join("aisfx-top.json"),
        top_manifest()?.as_bytes(),
    )?;
    write_whole(
        &cache.whole().join("aisfx-all.json"),
        all_manifest()?.as_bytes(),
    )?;
    let folder = cache.resources().join("models");
    write_whole(&folder.join(LICENCE), &licence)?;
    write_whole(&folder.join(ATTRIBUTION), attribution().as_bytes())?;
    // The model before its description: what is there is described by what is there.
    write_whole(&folder.join(MODEL), &shipped)?;
    write_whole(&folder.join(MANIFEST), shipped_manifest()?.as_bytes())
}

/// The conversion of so much of the network, which must have the checksum `pinned`.
fn converted(checkpoint: &[u8], extent: Extent, pinned: &str) -> Result<Vec<u8>> {
    let provenance = Provenance {
        attribution: ATTRIBUTION_TEXT,
        licence: LICENCE_ID,
    };
    let model = convert(checkpoint, extent, &provenance)
        .context("the aisfx checkpoint cannot be converted")?;
    let found = sha256_hex(&model);
    ensure!(
        found == pinned,
        "the conversion of aisfx gave sha256 {found} where {pinned} is pinned. If you changed the \
         conversion on purpose, let the tests of earmark-core compare it with the reference embedding, then take \
         the new checksum over into xtask/src/setup/pins.rs; otherwise please report this with your platform."
    );
    Ok(model)
}

fn attribution() -> String {
    format!("{ATTRIBUTION_TEXT}\n")
}

/// What the manifests have in common, in the form `earmark_core::embed::Manifest` reads.
fn common(key: &str, name: &str, file: &str, sha256: &str) -> serde_json::Value {
    json!({
        "key": key,
        "name": name,
        "file": file,
        "sha256": sha256,
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
        "licence": LICENCE_ID,
        "attribution": ATTRIBUTION_TEXT,
    })
}

/// The model that Earmark ships: what the blocks 1 to 3 pass on.
fn shipped_manifest() -> Result<String> {
    let mut manifest = common("AISFX", "aisfx 0.1.2", MODEL, AISFX_ONNX_SHA256);
    // A step sees 14 frames to either side: 2 x (1 + 2 + 4), which is two steps at most.
    describe_views(&mut manifest, &views(), 2);
    text_of(&manifest)
}

/// The whole network, with its own embedding beside the blocks.
fn all_manifest() -> Result<String> {
    let name = "aisfx 0.1.2, all four blocks";
    let mut manifest = common("AISFX_ALL", name, WHOLE_MODEL, AISFX_WHOLE_ONNX_SHA256);
    let mut views = views();
    views.push(json!({"name": "embedding", "output": EMBEDDING, "dims": EMBEDDING_DIMS}));
    describe_views(&mut manifest, &views, TOP_CONTEXT_STEPS);
    text_of(&manifest)
}

/// The whole network as Earmark used it before views: its own embedding alone.
fn top_manifest() -> Result<String> {
    let name = "aisfx 0.1.2, its own embedding";
    let mut manifest = common("AISFX_TOP", name, WHOLE_MODEL, AISFX_WHOLE_ONNX_SHA256);
    manifest["format_version"] = 1.into();
    manifest["output"] = EMBEDDING.into();
    manifest["dims"] = EMBEDDING_DIMS.into();
    manifest["frames_per_step"] = FRAMES_PER_STEP.into();
    manifest["context_steps"] = TOP_CONTEXT_STEPS.into();
    manifest["window_steps"] = 5.into();
    manifest["pooling"] = "max".into();
    text_of(&manifest)
}

fn views() -> Vec<serde_json::Value> {
    let views = VIEWS.iter().map(|view| {
        let name = format!("block {}", view.block);
        json!({"name": name, "output": view.output, "dims": view.dims()})
    });
    views.collect()
}

fn describe_views(manifest: &mut serde_json::Value, views: &[serde_json::Value], context: usize) {
    manifest["format_version"] = 3.into();
    manifest["views"] = views.into();
    manifest["layout"] = json!({
        "kind": "frames",
        "hop_samples": FRAMES_PER_STEP * 1024,
        "cover_samples": (FRAMES_PER_STEP - 1) * 1024 + 2048,
        "pooling": "max",
    });
    manifest["windows"] = json!({
        "kind": "pooled",
        "frames_per_step": 1,
        "context_steps": context,
        "window_steps": 5,
        "pooled_steps": 3,
        "pooling": "max",
    });
}

fn text_of(manifest: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(manifest)? + "\n")
}
