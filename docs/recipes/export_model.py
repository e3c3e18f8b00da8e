#!/usr/bin/env python3
"""Export a pretrained audio model to ONNX with the description that Earmark reads.

Runs in a Python environment of your own (see docs/models.md for what to install), with pretrained.py beside it; Earmark
itself never needs Python:

    python export_model.py HUBERT_BASE out/            # weights are downloaded by the library that publishes them
    python export_model.py HUBERT_BASE_ML out/         # the mean of four layers instead of the last one
    python export_model.py HUBERT_BASE out/ --random   # a small network with random weights, to try the way

and then `earmark models add out/HUBERT_BASE.json`. Every model takes samples at 16 kHz; where one was trained on
spectra, they are computed inside the exported graph. What was exported is compared with the makers' own code and
preprocessing before it is described.
"""

import argparse
import hashlib
import json
import pathlib
import sys
import tempfile
import wave

try:
    import numpy
    import onnx
    import onnxruntime
    import torch
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install torch torchaudio onnx onnxruntime (docs/models.md)")

import pretrained
from pretrained import RATE_HZ

OPSET = 17
STEP_S, CONTEXT_S, STRETCH_S = 0.2, 2.0, 20.0  # of pooled windows
# Above this a model file needs its weights beside it.
LARGEST_FILE = 2**31 - 2**20


def export(network, samples, names, path):
    """Writes the ONNX file, with its weights beside it if there are too many; gives the names of those files."""
    axes = {"waveform": {0: "batch", 1: "samples"}, **{name: {0: "batch", 1: "frames"} for name in names}}
    example = 0.1 * torch.randn(2, samples)
    module = network.module
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        raw = pathlib.Path(folder) / "raw.onnx"
        with torch.no_grad():
            torch.onnx.export(
                module,
                (example,),
                str(raw),
                input_names=["waveform"],
                output_names=names,
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(str(raw))
    tensors = model.graph.initializer
    if sum(len(tensor.raw_data) for tensor in tensors) < LARGEST_FILE:
        onnx.save_model(model, str(path))
        return []
    data = path.with_suffix(".data").name
    (path.parent / data).unlink(missing_ok=True)
    onnx.save_model(model, str(path), save_as_external_data=True, all_tensors_to_one_file=True, location=data)
    return [data]


def normalise(waveform):
    """What Earmark does to each window where the description says `zero_mean_unit_variance`."""
    centred = waveform - waveform.mean(dim=1, keepdim=True)
    return centred / torch.sqrt(centred.pow(2).mean(dim=1, keepdim=True) + 1e-5)


def compare(network, path, sound, samples):
    """The largest difference between the makers' own code and ONNX Runtime, in several lengths and batches."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch, length in [(1, samples), (3, samples), (2, max(network.cover_samples, samples * 2 // 3 - 7))]:
        starts = torch.linspace(0, max(0, len(sound) - length), batch).long()
        windows = [torch.nn.functional.pad(sound[start : start + length], (0, length))[:length] for start in starts]
        waveform = torch.stack(windows)
        given = normalise(waveform) if network.normalised else waveform
        found = session.run(None, {"waveform": given.numpy()})
        for index, window in enumerate(windows):
            with torch.no_grad():
                wanted = network.original(window)
            for a, b in zip(wanted, found, strict=True):
                if a[0].shape != b[index].shape:
                    sys.exit(f"the export gives {b[index].shape} where the original gives {tuple(a[0].shape)}")
                scale = max(1e-6, float(a.abs().max()))
                worst = max(worst, float(numpy.abs(a[0].numpy() - b[index]).max()) / scale)
    return worst


def read_sound(path):
    """Mono samples at 16 kHz of a 16-bit WAV file."""
    try:
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE_HZ, 1, 2):
                sys.exit(f"{path} must be a 16-bit mono WAV file at 16 kHz: convert it, for instance with sox")
            data = file.readframes(file.getnframes())
    except (OSError, wave.Error) as error:
        sys.exit(f"{path} cannot be read ({error}): name a 16-bit mono WAV file at 16 kHz")
    return torch.from_numpy(numpy.frombuffer(data, dtype="<i2").astype(numpy.float32) / 2**15)


def reference(network, options, sound):
    """One vector for each whole window of `sound`, by the makers' own code."""
    window, hop = round(options.window_s * RATE_HZ), round(options.hop_s * RATE_HZ)
    vectors = []
    for start in range(0, len(sound) - window + 1, hop):
        with torch.no_grad():
            layers = [layer[0].mean(dim=0) for layer in network.original(sound[start : start + window])]
        joined = torch.cat(layers) if options.combine == "concatenate" else torch.stack(layers).mean(dim=0)
        vectors.append([round(value, 6) for value in joined.tolist()])
    return vectors


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def windows(network, options):
    window, hop = round(options.window_s * RATE_HZ), round(options.hop_s * RATE_HZ)
    longest = network.longest_samples
    if options.windows == "independent":
        if longest and window > longest:
            sys.exit(f"{options.model} hears {longest / RATE_HZ:.2f} s at most: give a shorter --window-s")
        if window < network.cover_samples:
            sys.exit(f"{options.model} needs {network.cover_samples / RATE_HZ} s at least: give a longer --window-s")
        return {"kind": "independent", "window_samples": window, "hop_samples": hop}
    frames = max(1, round(STEP_S * RATE_HZ / network.hop_samples))
    step = frames * network.hop_samples
    context = round(CONTEXT_S * RATE_HZ / step)
    stretch = round(STRETCH_S * RATE_HZ / step)
    if longest:
        overlap = network.cover_samples - network.hop_samples
        stretch = min(stretch, (longest - overlap) // step - 2 * context)
    return {
        "kind": "pooled",
        "frames_per_step": frames,
        "context_steps": context,
        "stretch_steps": stretch,
        "window_steps": max(1, round(window / step)),
        "pooling": "mean",
    }


def main():
    known = [name + suffix for name in pretrained.NAMES for suffix in ("", "_ML")]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=known, metavar="MODEL", help=", ".join(known))
    parser.add_argument("folder", type=pathlib.Path, help="where the model and its description go")
    parser.add_argument("--key", help="name of the tab [default: MODEL]")
    parser.add_argument("--windows", choices=["independent", "pooled"], default="independent")
    parser.add_argument("--window-s", type=float, default=8.0)
    parser.add_argument("--hop-s", type=float, default=1.0)
    parser.add_argument("--combine", choices=["mean", "concatenate"], default="mean", help="of the layers of _ML")
    parser.add_argument("--int8", action="store_true", help="quantise the matrix products")
    parser.add_argument("--random", action="store_true", help="a small network with random weights")
    parser.add_argument("--code", type=pathlib.Path, help="BEATS: the folder of BEATs.py; EAT: a folder like the hub's")
    parser.add_argument("--checkpoint", help="BEATS: the .pt file; AST, EAT: a folder like the hub's, or a name there")
    parser.add_argument("--sound", type=pathlib.Path, help="what to compare with [default: noise]: 16-bit WAV, 16 kHz")
    parser.add_argument("--reference", action="store_true", help="also write what the original makes of --sound")
    options = parser.parse_args()

    torch.manual_seed(1)
    several = options.model.endswith("_ML")
    key = (options.key or options.model).upper()
    samples = round(options.window_s * RATE_HZ)
    if options.reference and not (options.sound and options.windows == "independent"):
        sys.exit("--reference needs --sound and independent windows")
    sound = read_sound(options.sound) if options.sound else 0.1 * torch.randn(2 * samples)
    network = pretrained.load(options.model.removesuffix("_ML"), several, options)
    described = windows(network, options)

    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / f"{key}.onnx"
    names = [f"layer_{layer}" for layer in network.layers]
    example = min(samples, network.longest_samples or samples)
    data = export(network, example, names, path)
    worst = compare(network, path, sound, example)
    print(f"largest difference from the original: {worst:.1e} of the largest value")
    if worst > 1e-3:
        sys.exit("the export differs from the original: try another version of torch")
    if options.int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        if data:
            sys.exit("--int8 is for models below 2 GB")
        quantize_dynamic(str(path), str(path), op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)

    front_end = {"kind": "waveform"}
    if network.normalised:
        front_end["normalise"] = "zero_mean_unit_variance"
    manifest = {
        "format_version": 2,
        "key": key,
        "name": network.attribution.split(",")[0]
        + (f", layers {network.layers}" if several else "")
        + (" (random weights)" if options.random else ""),
        "file": path.name,
        "sha256": sha256(path),
        "sample_rate_hz": RATE_HZ,
        "front_end": front_end,
        "input": "waveform",
        "outputs": names,
        "combine": options.combine,
        "layout": {
            "kind": "frames",
            "hop_samples": network.hop_samples,
            "cover_samples": network.cover_samples,
            "pooling": "mean",
        },
        "dims": network.dims,
        "windows": described,
        "licence": "none" if options.random else network.licence,
        "attribution": "random weights" if options.random else network.attribution,
    }
    if data:
        manifest["data"] = [{"file": file, "sha256": sha256(options.folder / file)} for file in data]
    description = options.folder / f"{key}.json"
    description.write_text(json.dumps(manifest, indent=2) + "\n")
    if options.reference:
        vectors = {"sound": options.sound.name, "vectors": reference(network, options, sound)}
        (options.folder / f"{key}.reference.json").write_text(json.dumps(vectors) + "\n")
    print(f"now run: earmark models add {description}")


if __name__ == "__main__":
    main()
