#!/usr/bin/env python3
"""Export the audio branch of CLAP to ONNX and put it beside its description for Earmark.

Runs in a Python environment of your own with `pip install torch torchaudio transformers onnx onnxruntime`, with CLAP_AUDIO.json
beside it; Earmark itself never needs Python:

    python clap_audio.py out/                       # weights are downloaded from the hub
    python clap_audio.py out/ --checkpoint FOLDER   # a copy of laion/clap-htsat-unfused
    python clap_audio.py out/ --random              # a network with random weights, to try the way

and then `earmark models add out/CLAP_AUDIO.json`. The branch hears windows of exactly 10 s at 48 kHz. Its log-mel spectrum is
computed inside the exported graph, and what was exported is compared with the makers' own feature extractor and network.
"""

import argparse
import pathlib
import shutil
import sys

try:
    import numpy
    import onnxruntime
    import torch
    from torch.nn import functional
    from transformers import ClapAudioConfig, ClapAudioModelWithProjection, ClapFeatureExtractor
except ImportError as error:
    sys.exit(f"{error}: pip install torch torchaudio transformers onnx onnxruntime")

DESCRIPTION = pathlib.Path(__file__).with_name("CLAP_AUDIO.json")
SOURCE = "laion/clap-htsat-unfused"
RATE_HZ, SAMPLES = 48_000, 480_000


class AudioBranch(torch.nn.Module):
    """Samples to CLAP's embedding: its log-mel spectrum as one convolution and one product, then its network."""

    def __init__(self, model, extractor):
        super().__init__()
        self.model, self.hop, self.fft = model, extractor.hop_length, extractor.fft_window_size
        spectrum = torch.fft.rfft(torch.eye(self.fft, dtype=torch.float64), dim=0)
        window = torch.hann_window(self.fft, periodic=True, dtype=torch.float64)
        weights = torch.cat([spectrum.real, spectrum.imag]) * window
        self.register_buffer("weights", weights[:, None, :].float())
        # The extractor's own bands: those that it uses for windows that are not fused.
        self.register_buffer("mel", torch.from_numpy(extractor.mel_filters_slaney).float())

    def forward(self, waveform):
        padded = functional.pad(waveform[:, None, :], (self.fft // 2, self.fft // 2), mode="reflect")
        real, imaginary = functional.conv1d(padded, self.weights, stride=self.hop).chunk(2, dim=1)
        power = torch.matmul((real.pow(2) + imaginary.pow(2)).transpose(1, 2), self.mel)
        spectrum = 10.0 * torch.log10(torch.clamp(power, min=1e-10))
        return self.model(input_features=spectrum[:, None]).audio_embeds


def load(options):
    if options.random:
        config = ClapAudioConfig(depths=[1, 1, 1, 1], enable_fusion=False)
        extractor = ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad")
        return ClapAudioModelWithProjection(config).eval(), extractor
    source = options.checkpoint or SOURCE
    try:
        model = ClapAudioModelWithProjection.from_pretrained(source)
        return model.eval(), ClapFeatureExtractor.from_pretrained(source)
    except OSError as error:
        sys.exit(
            f"the model is not here and could not be downloaded ({error}):\n"
            "connect to the network, name a copy with --checkpoint, or try the way with --random"
        )


def largest_difference(model, extractor, path):
    """Between the makers' way and the export, alone and in a batch, as a share of the largest value."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in (1, 3):
        sound = 0.1 * torch.randn(batch, SAMPLES)
        features = extractor(list(sound.numpy()), sampling_rate=RATE_HZ, return_tensors="pt")
        with torch.no_grad():
            wanted = model(input_features=features["input_features"].float()).audio_embeds.numpy()
        found = session.run(None, {"waveform": sound.numpy()})[0]
        if found.shape != wanted.shape:
            sys.exit(f"the export gives {found.shape} where the original gives {wanted.shape}")
        worst = max(worst, float(numpy.abs(wanted - found).max() / max(1e-6, numpy.abs(wanted).max())))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="where the model and its description go")
    parser.add_argument("--checkpoint", help=f"a folder like {SOURCE} on the hub, or another name there")
    parser.add_argument("--random", action="store_true", help="a network with random weights")
    options = parser.parse_args()

    torch.manual_seed(1)
    model, extractor = load(options)
    branch = AudioBranch(model, extractor).eval()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / "CLAP_AUDIO.onnx"
    torch.onnx.export(
        branch,
        (0.1 * torch.randn(2, SAMPLES),),
        str(path),
        input_names=["waveform"],
        output_names=["embedding"],
        dynamic_axes={"waveform": {0: "batch"}, "embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    worst = largest_difference(model, extractor, path)
    print(f"largest difference from the original: {worst:.1e} of the largest value")
    if worst > 1e-3:
        sys.exit("the export differs from the original: try another version of torch")
    description = options.folder / DESCRIPTION.name
    shutil.copyfile(DESCRIPTION, description)
    print(f"now run: earmark models add {description}")


if __name__ == "__main__":
    main()
