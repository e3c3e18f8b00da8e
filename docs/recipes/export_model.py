#!/usr/bin/env python3
"""Export a pretrained audio model to ONNX with the description that Earmark reads.

Runs in a Python environment of your own (see docs/models.md for what to install); Earmark itself never needs Python:

    python export_model.py HUBERT_BASE out/            # weights are downloaded by the library that publishes them
    python export_model.py HUBERT_BASE_ML out/         # the mean of four layers instead of the last one
    python export_model.py HUBERT_BASE out/ --random   # a small network with random weights, to try the way

and then `earmark models add out/HUBERT_BASE.json`. Every model takes samples at 16 kHz; where one was trained on spectra,
they are computed inside the exported graph. What was exported is compared with the original before it is described.
"""

import argparse
import hashlib
import json
import math
import pathlib
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import torch

RATE_HZ = 16_000
OPSET = 17
FRAME_HOP, FRAME_COVER = 320, 400  # of wav2vec 2.0's convolutions, which HuBERT shares

SPEECH = {
    "HUBERT_BASE": ("HUBERT_BASE", "hubert", "HuBERT Base (LibriSpeech 960 h), Hsu et al. 2021, Meta AI"),
    "HUBERT_LARGE": ("HUBERT_LARGE", "hubert", "HuBERT Large (Libri-Light 60k h), Hsu et al. 2021, Meta AI"),
    "HUBERT_XLARGE": ("HUBERT_XLARGE", "hubert", "HuBERT Extra Large (Libri-Light 60k h), Hsu et al. 2021, Meta AI"),
    "WAV2VEC2": ("WAV2VEC2_BASE", "wav2vec2", "wav2vec 2.0 Base (LibriSpeech 960 h), Baevski et al. 2020, Meta AI"),
}
SPECTRAL = {
    "AST": ("BSD-3-Clause", "Audio Spectrogram Transformer, Gong, Chung and Glass 2021, MIT"),
    "BEATS": ("MIT", "BEATs, Chen et al. 2022, Microsoft"),
    "EAT": ("MIT", "EAT: Efficient Audio Transformer, Chen et al. 2024"),
}


class SpeechLayers(torch.nn.Module):
    """Chosen layers of a torchaudio wav2vec 2.0 or HuBERT model: [batch, frames, dims] each."""

    def __init__(self, model, layers):
        super().__init__()
        self.model, self.layers = model, layers

    def forward(self, waveform):
        features, _ = self.model.extract_features(waveform, num_layers=max(self.layers))
        return tuple(features[layer - 1] for layer in self.layers)


class KaldiFilterBank(torch.nn.Module):
    """Kaldi's log-mel filter bank of 25 ms frames every 10 ms as one convolution.

    Taking off the mean, pre-emphasis, windowing and the Fourier transform are all linear in the samples of a frame, so
    that together they are one matrix; the power, the mel bands and the logarithm follow.
    """

    FRAME, HOP, FFT, BANDS = 400, 160, 512, 128

    def __init__(self, window, scale=1.0):
        super().__init__()
        from torchaudio.compliance import kaldi

        frame = torch.eye(self.FRAME, dtype=torch.float64) * scale
        frame = frame - frame.mean(dim=0, keepdim=True)
        before = torch.cat([frame[:1], frame[:-1]])
        frame = frame - 0.97 * before
        shape = torch.hann_window(self.FRAME, periodic=False, dtype=torch.float64)
        if window == "povey":
            shape = shape.pow(0.85)
        frame = frame * shape[:, None]
        spectrum = torch.fft.rfft(frame, n=self.FFT, dim=0)
        weights = torch.cat([spectrum.real, spectrum.imag])[:, None, :]
        self.register_buffer("weights", weights.float())
        mel, _ = kaldi.get_mel_banks(self.BANDS, self.FFT, RATE_HZ, 20.0, 0.0, 100.0, -500.0, 1.0)
        self.register_buffer("mel", torch.nn.functional.pad(mel, (0, 1)).float())
        self.bins = self.FFT // 2 + 1

    def forward(self, waveform):
        parts = torch.nn.functional.conv1d(waveform[:, None, :], self.weights, stride=self.HOP)
        power = parts[:, : self.bins].pow(2) + parts[:, self.bins :].pow(2)
        energies = torch.matmul(power.transpose(1, 2), self.mel.t())
        return torch.clamp(energies, min=torch.finfo(torch.float32).eps).log()


class SpectralLayers(torch.nn.Module):
    """Chosen layers of a transformer over spectra: the mean over all its patches, [batch, dims] each."""

    def __init__(self, bank, mean, deviation, frames, run, layers, special):
        super().__init__()
        self.bank, self.run, self.layers = bank, run, layers
        self.mean, self.deviation, self.frames, self.special = mean, deviation, frames, special

    def forward(self, waveform):
        spectrum = self.bank(waveform)
        if self.frames is not None:
            spectrum = torch.nn.functional.pad(spectrum, (0, 0, 0, self.frames - spectrum.shape[1]))
        hidden = self.run((spectrum - self.mean) / (2 * self.deviation))
        return tuple(hidden[layer][:, self.special :].mean(dim=1) for layer in self.layers)


def speech_model(name, random):
    """The model, its depth and width, and whether it wants normalised waveforms."""
    import torchaudio

    bundle_name, kind, _ = SPEECH[name]
    if random:
        large = name in ("HUBERT_LARGE", "HUBERT_XLARGE")
        model = torchaudio.models.wav2vec2_model(
            extractor_mode="layer_norm" if large else "group_norm",
            extractor_conv_layer_config=[(32, 10, 5)] + [(32, 3, 2)] * 4 + [(32, 2, 2)] * 2,
            extractor_conv_bias=large,
            encoder_embed_dim=48,
            encoder_projection_dropout=0.0,
            encoder_pos_conv_kernel=16,
            encoder_pos_conv_groups=4,
            encoder_num_layers=4,
            encoder_num_heads=4,
            encoder_attention_dropout=0.0,
            encoder_ff_interm_features=96,
            encoder_ff_interm_dropout=0.0,
            encoder_dropout=0.0,
            encoder_layer_norm_first=large,
            encoder_layer_drop=0.0,
            aux_num_out=None,
        )
        return model, 4, 48, large
    bundle = getattr(torchaudio.pipelines, bundle_name)
    model = bundle.get_model()
    normalised = bool(getattr(bundle, "_normalize_waveform", False))
    # The wrapper normalises a whole batch at once; Earmark normalises each window by itself.
    model = getattr(model, "model", model) if normalised else model
    depth = len(model.encoder.transformer.layers)
    width = model.encoder.feature_projection.projection.out_features
    return model, depth, width, normalised


def spectral_model(name, options):
    """A function from normalised spectra to all hidden states, depth, width, and how the spectra are made."""
    if name == "AST":
        from transformers import ASTConfig, ASTModel

        if options.random:
            small = ASTConfig(hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96)
            model = ASTModel(small)
        else:
            model = ASTModel.from_pretrained("MIT/ast-finetuned-audioset-10-10-0.4593")
        model.eval()
        config = model.config

        def run(spectrum):
            return model(spectrum, output_hidden_states=True).hidden_states

        made = {"window": "hann", "scale": 1.0, "mean": -4.2677393, "deviation": 4.5689974}
        return model, run, config.num_hidden_layers, config.hidden_size, {**made, "frames": 1024, "special": 2}
    if options.random:
        sys.exit(f"{name} is loaded with its makers' own code, so there is no small random one: leave --random out")
    if name == "BEATS":
        if not (options.code and options.checkpoint):
            sys.exit("BEATS needs --code (the folder of its makers' BEATs.py) and --checkpoint (their .pt file)")
        sys.path.insert(0, str(options.code))
        from BEATs import BEATs, BEATsConfig

        # A checkpoint is a pickle: load only one that you trust.
        checkpoint = torch.load(options.checkpoint, map_location="cpu", weights_only=False)
        model = BEATs(BEATsConfig(checkpoint["cfg"]))
        model.load_state_dict(checkpoint["model"])
        model.eval()

        def run(spectrum):
            patches = model.patch_embedding(spectrum.unsqueeze(1))
            patches = patches.reshape(patches.shape[0], patches.shape[1], -1).transpose(1, 2)
            patches = model.layer_norm(patches)
            if model.post_extract_proj is not None:
                patches = model.post_extract_proj(patches)
            hidden = [patches]
            hooks = [
                layer.register_forward_hook(lambda _, __, out: hidden.append(out[0].transpose(0, 1)))
                for layer in model.encoder.layers
            ]
            model.encoder(patches, padding_mask=None)
            for hook in hooks:
                hook.remove()
            return hidden

        made = {"window": "povey", "scale": 2.0**15, "mean": 15.41663, "deviation": 6.55582}
        layers = model.encoder.layers
        return model, run, len(layers), model.cfg.encoder_embed_dim, {**made, "frames": None, "special": 0}

    from transformers import AutoModel

    # Runs code that the model's makers publish with it: look at it before you trust it.
    model = AutoModel.from_pretrained("worstchan/EAT-base_epoch30_pretrain", trust_remote_code=True)
    model.eval()
    blocks = next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) >= 8)

    def run(spectrum):
        hidden = [None]
        hooks = [
            block.register_forward_hook(
                lambda _, __, out: hidden.append(out[0] if isinstance(out, tuple) else out)
            )
            for block in blocks
        ]
        hidden[0] = model.extract_features(spectrum.unsqueeze(1))
        for hook in hooks:
            hook.remove()
        return hidden

    made = {"window": "hann", "scale": 1.0, "mean": -4.268, "deviation": 4.569}
    return model, run, len(blocks), 768, {**made, "frames": 1024, "special": 1}


def plain_weights(model):
    """Weight normalisation is for training; its product is what is exported."""
    from torch.nn.utils import parametrize

    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
        elif hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)


def chosen_layers(depth, several):
    """The last layer, or four at equal distances that end with it."""
    return [math.ceil(depth * quarter / 4) for quarter in (1, 2, 3, 4)] if several else [depth]


def export(module, samples, names, dynamic_samples, path):
    axes = {"waveform": {0: "batch"}, **{name: {0: "batch"} for name in names}}
    if dynamic_samples:
        axes["waveform"][1] = "samples"
        for name in names:
            axes[name][1] = "frames"
    example = 0.1 * torch.randn(2, samples)
    with tempfile.TemporaryDirectory() as folder:
        raw = pathlib.Path(folder) / "raw.onnx"
        with torch.no_grad():
            torch.onnx.export(
                module, (example,), str(raw), input_names=["waveform"], output_names=names,
                dynamic_axes=axes, opset_version=OPSET, dynamo=False,
            )
        model = onnx.load(str(raw))
    if model.ByteSize() < 2**31 - 2**20:
        onnx.save_model(model, str(path))
        return []
    data = path.with_suffix(".data").name
    onnx.save_model(model, str(path), save_as_external_data=True, all_tensors_to_one_file=True, location=data)
    return [data]


def compare(module, path, lengths):
    """The largest difference between the original and what ONNX Runtime makes of the export."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch, samples in lengths:
        waveform = 0.1 * torch.randn(batch, samples)
        with torch.no_grad():
            wanted = module(waveform)
        found = session.run(None, {"waveform": waveform.numpy()})
        for a, b in zip(wanted, found):
            scale = max(1e-6, float(a.abs().max()))
            worst = max(worst, float(numpy.abs(a.numpy() - b).max()) / scale)
    return worst


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def windows(options, framed):
    window, hop = round(options.window_s * RATE_HZ), round(options.hop_s * RATE_HZ)
    if options.windows == "independent":
        return {"kind": "independent", "window_samples": window, "hop_samples": hop}
    if not framed:
        sys.exit("only HuBERT and wav2vec 2.0 give frames that can be pooled: use --windows independent")
    step = 10 * FRAME_HOP
    return {
        "kind": "pooled", "frames_per_step": 10, "context_steps": 10, "stretch_steps": 100,
        "window_steps": max(1, round(window / step)), "pooling": "mean",
    }


def main():
    known = [name + suffix for name in [*SPEECH, *SPECTRAL] for suffix in ("", "_ML")]
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
    parser.add_argument("--code", type=pathlib.Path, help="BEATS: the folder of BEATs.py")
    parser.add_argument("--checkpoint", type=pathlib.Path, help="BEATS: the file of weights")
    options = parser.parse_args()

    torch.manual_seed(1)
    several = options.model.endswith("_ML")
    name = options.model.removesuffix("_ML")
    key = (options.key or options.model).upper()
    samples = round(options.window_s * RATE_HZ)
    framed = name in SPEECH
    front_end = {"kind": "waveform"}
    if framed:
        model, depth, dims, normalised = speech_model(name, options.random)
        plain_weights(model)
        layers = chosen_layers(depth, several)
        module = SpeechLayers(model, layers)
        layout = {"kind": "frames", "hop_samples": FRAME_HOP, "cover_samples": FRAME_COVER, "pooling": "mean"}
        if normalised:
            front_end["normalise"] = "zero_mean_unit_variance"
        licence, attribution = "MIT", SPEECH[name][2]
        lengths = [(1, samples), (3, samples), (1, samples + 12_345)]
    else:
        model, run, depth, dims, made = spectral_model(name, options)
        layers = chosen_layers(depth, several)
        bank = KaldiFilterBank(made["window"], made["scale"])
        module = SpectralLayers(bank, made["mean"], made["deviation"], made["frames"], run, layers, made["special"])
        module.model = model
        layout = {"kind": "vector"}
        licence, attribution = SPECTRAL[name]
        lengths = [(1, samples), (3, samples)]
    module.eval()

    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / f"{key}.onnx"
    names = [f"layer_{layer}" for layer in layers]
    data = export(module, samples, names, framed, path)
    worst = compare(module, path, lengths)
    print(f"largest difference from the original: {worst:.1e} of the largest value")
    if worst > 1e-3:
        sys.exit("the export differs from the original: try another version of torch")
    if options.int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        if data:
            sys.exit("--int8 is for models below 2 GB")
        quantize_dynamic(str(path), str(path), op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)

    manifest = {
        "format_version": 2,
        "key": key,
        "name": attribution.split(",")[0]
        + (f", layers {layers}" if several else "")
        + (" (random weights)" if options.random else ""),
        "file": path.name,
        "sha256": sha256(path),
        "sample_rate_hz": RATE_HZ,
        "front_end": front_end,
        "input": "waveform",
        "outputs": names,
        "combine": options.combine,
        "layout": layout,
        "dims": dims,
        "windows": windows(options, framed),
        "licence": "none" if options.random else licence,
        "attribution": "random weights" if options.random else attribution,
    }
    if data:
        manifest["data"] = [{"file": file, "sha256": sha256(options.folder / file)} for file in data]
    description = options.folder / f"{key}.json"
    description.write_text(json.dumps(manifest, indent=2) + "\n")
    print(f"now run: earmark models add {description}")


if __name__ == "__main__":
    main()
