"""The published networks that export_model.py exports: how each is loaded, run, and what its frames are.

Each network comes as a `Network`: a module that ONNX can hold, which takes samples at 16 kHz, and beside it the same
sound through the makers' own code and preprocessing, to compare with. Nothing of the makers' code is copied here; it
is imported from where their package, or the folder named by --code, has it.
"""

import contextlib
import copy
import dataclasses
import importlib
import math
import pickle
import sys
import typing

import torch
from torch.nn import functional

RATE_HZ = 16_000

# The torchaudio pipeline, and who made it.
SPEECH = {
    "HUBERT_BASE": ("HUBERT_BASE", "HuBERT Base (LibriSpeech 960 h), Hsu et al. 2021, Meta AI"),
    "HUBERT_LARGE": ("HUBERT_LARGE", "HuBERT Large (Libri-Light 60k h), Hsu et al. 2021, Meta AI"),
    "HUBERT_XLARGE": ("HUBERT_XLARGE", "HuBERT Extra Large (Libri-Light 60k h), Hsu et al. 2021, Meta AI"),
    "WAV2VEC2": ("WAV2VEC2_BASE", "wav2vec 2.0 Base (LibriSpeech 960 h), Baevski et al. 2020, Meta AI"),
}
NAMES = [*SPEECH, "AST", "BEATS", "EAT"]


@dataclasses.dataclass
class Network:
    """One network, ready to be exported."""

    module: torch.nn.Module  # [batch, samples] to one [batch, frames, dims] for each chosen layer
    original: typing.Callable  # one window [samples] to the same by the makers' own code, batch of one
    layers: list
    dims: int
    hop_samples: int  # from one frame to the next
    cover_samples: int  # that a frame is made from
    licence: str
    attribution: str
    normalised: bool = False  # whether samples are brought to zero mean and unit variance first
    longest_samples: int | None = None  # that it can hear at once


def load(name, several, options):
    """The network `name`: its last layer, or four at equal distances that end with it."""
    makers = {"AST": ast, "BEATS": beats, "EAT": eat}
    network = speech(name, several, options) if name in SPEECH else makers[name](several, options)
    plain_weights(network.module)
    network.module.eval()
    return network


def speech(name, several, options):
    """HuBERT and wav2vec 2.0 of torchaudio."""
    need("torchaudio")
    from torchaudio import models, pipelines

    pipeline, attribution = SPEECH[name]
    bundle = getattr(pipelines, pipeline)
    settings = bundle._params
    normalised = bool(bundle._normalize_waveform)
    if options.random:
        settings = settings | {
            "extractor_conv_layer_config": [
                (16, kernel, stride) for _, kernel, stride in settings["extractor_conv_layer_config"]
            ],
            "encoder_embed_dim": 24,
            "encoder_pos_conv_kernel": 16,
            "encoder_pos_conv_groups": 4,
            "encoder_num_layers": 4,
            "encoder_num_heads": 4,
            "encoder_ff_interm_features": 48,
        }
        model = models.wav2vec2_model(**settings)
    else:
        with downloading():
            model = bundle.get_model()
        # What is wrapped around it would normalise a whole batch at once, and each window is to be heard by itself.
        model = model.model if normalised else model
    layers = chosen_layers(settings["encoder_num_layers"], several)
    module = SpeechLayers(model, layers)

    def original(window):
        # As the pipeline does it, and as the models were trained.
        return module((functional.layer_norm(window, window.shape) if normalised else window)[None])

    steps = [(kernel, stride) for _, kernel, stride in settings["extractor_conv_layer_config"]]
    hop = math.prod(stride for _, stride in steps)
    cover, distance = 1, 1
    for kernel, stride in steps:
        cover, distance = cover + (kernel - 1) * distance, distance * stride
    dims = settings["encoder_embed_dim"]
    return Network(module, original, layers, dims, hop, cover, "MIT", attribution, normalised=normalised)


def ast(several, options):
    """AST of transformers."""
    need("transformers", "torchaudio")
    from transformers import ASTConfig, ASTFeatureExtractor, ASTModel

    source = options.checkpoint or "MIT/ast-finetuned-audioset-10-10-0.4593"
    if options.random:
        config = ASTConfig(hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96)
        model, extractor = ASTModel(config), ASTFeatureExtractor()
    else:
        with downloading():
            model = ASTModel.from_pretrained(source)
            extractor = ASTFeatureExtractor.from_pretrained(source)
    config = model.config
    module = SpectrumLayers(
        model=model,
        blocks=blocks_of(model, config.num_hidden_layers),
        layers=chosen_layers(config.num_hidden_layers, several),
        run=model,
        # The two special tokens come first, then rows of one band each; the final norm is part of the model's output.
        frames=lambda hidden: model.layernorm(hidden)[:, 2:].unflatten(1, (bands_of(config), -1)).mean(dim=1),
        bank=FilterBank("hanning"),
        mean=extractor.mean,
        deviation=extractor.std,
        stride=config.time_stride,
        padded_to=config.max_length,
    )

    def spectrum(window):
        return extractor(window.numpy(), sampling_rate=RATE_HZ, return_tensors="pt").input_values

    attribution = "Audio Spectrogram Transformer, Gong, Chung and Glass 2021, MIT"
    return module.network(spectrum, config.hidden_size, "BSD-3-Clause", attribution)


def bands_of(config):
    return (config.num_mel_bins - config.patch_size) // config.frequency_stride + 1


def beats(several, options):
    """BEATs by its makers' own files."""
    need("torchaudio")
    sys.path.insert(0, str(options.code))
    try:
        from BEATs import BEATs, BEATsConfig
    except ImportError as error:
        sys.exit(
            f"the code of BEATs is not in {options.code} ({error}): clone https://github.com/microsoft/unilm and "
            "name its folder beats with --code"
        )

    if options.random:
        # The kind of network that the published checkpoints are, made small.
        config = BEATsConfig(
            {
                "input_patch_size": 16,
                "embed_dim": 24,
                "encoder_layers": 4,
                "encoder_embed_dim": 48,
                "encoder_ffn_embed_dim": 96,
                "encoder_attention_heads": 4,
                "deep_norm": True,
                "relative_position_embedding": True,
                "num_buckets": 320,
                "max_distance": 800,
                "gru_rel_pos": True,
                "layer_wise_gradient_decay_ratio": 0.6,
            }
        )
        model = BEATs(config)
    else:
        if not options.checkpoint:
            sys.exit("BEATS needs --checkpoint, one of the .pt files that its makers' README.md links to")
        try:
            checkpoint = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
            model = BEATs(BEATsConfig(checkpoint["cfg"]))
            model.load_state_dict(checkpoint["model"])
        except pickle.UnpicklingError:
            sys.exit(
                f"{options.checkpoint} holds more than numbers and was not opened, since it could run any program: "
                "name the makers' .pt file; one of another origin must hold 'cfg', a plain dict, and 'model'"
            )
        except (OSError, KeyError, RuntimeError) as error:
            sys.exit(f"{options.checkpoint} is no checkpoint of BEATs ({error}): name the makers' .pt file of a model")
    # It scales gradients only, by a function that cannot be exported.
    model.encoder.layer_wise_gradient_decay_ratio = 1.0
    config = model.cfg
    after_spectrum = copy.copy(model)
    after_spectrum.preprocess = lambda spectrum, **_: spectrum
    patch = config.input_patch_size
    module = SpectrumLayers(
        model=model,
        blocks=model.encoder.layers,
        layers=chosen_layers(config.encoder_layers, several),
        run=after_spectrum.extract_features,
        # Its layers put time before the batch.
        frames=lambda hidden: hidden.transpose(0, 1).unflatten(1, (-1, FilterBank.BANDS // patch)).mean(dim=2),
        bank=FilterBank("povey", scale=2.0**15),
        mean=15.41663,
        deviation=6.55582,
        stride=patch,
    )

    def spectrum(window):
        return model.preprocess(window[None])

    return module.network(spectrum, config.encoder_embed_dim, "MIT", "BEATs, Chen et al. 2022, Microsoft")


def eat(several, options):
    """EAT by the files that its makers publish beside the weights."""
    need("transformers", "timm", "torchaudio", "safetensors")
    from safetensors.torch import load_file
    from torchaudio.compliance import kaldi
    from transformers import AutoConfig, AutoModel
    from transformers.utils import cached_file

    source = options.checkpoint or "worstchan/EAT-base_epoch30_pretrain"
    # Both run code of the makers: look at it before you trust it.
    with downloading():
        config = AutoConfig.from_pretrained(options.code or source, trust_remote_code=True)
        weights = None if options.random else cached_file(source, "model.safetensors")
    if options.random:
        config.update({"embed_dim": 48, "depth": 4, "num_heads": 4})
    # Not AutoModel.from_pretrained: transformers 5 no longer takes the makers' class there.
    model = AutoModel.from_config(config, trust_remote_code=True)
    if weights:
        model.load_state_dict(load_file(weights))
    bands = config.mel_bins // config.patch_size
    module = SpectrumLayers(
        model=model,
        blocks=blocks_of(model, config.depth),
        layers=chosen_layers(config.depth, several),
        run=lambda spectrum: model.extract_features(spectrum[:, None]),
        frames=lambda hidden: hidden[:, 1:].unflatten(1, (-1, bands)).mean(dim=2),
        bank=FilterBank("hanning"),
        mean=-4.268,
        deviation=4.569,
        stride=config.stride,
        padded_to=1024,
    )

    def spectrum(window):
        # The settings that the makers publish; their own function reads files and needs a graphics card.
        found = kaldi.fbank(
            (window - window.mean())[None],
            htk_compat=True,
            sample_frequency=RATE_HZ,
            use_energy=False,
            window_type="hanning",
            num_mel_bins=config.mel_bins,
            dither=0.0,
            frame_shift=10,
        )[None]
        found = functional.pad(found, (0, 0, 0, 1024 - found.shape[1]))
        return (found + 4.268) / (4.569 * 2)

    attribution = "EAT: Efficient Audio Transformer, Chen et al. 2024"
    return module.network(spectrum, config.embed_dim, "MIT", attribution)


class SpeechLayers(torch.nn.Module):
    """Chosen layers of a torchaudio wav2vec 2.0 or HuBERT model."""

    def __init__(self, model, layers):
        super().__init__()
        self.model, self.layers = model, layers

    def forward(self, waveform):
        features, _ = self.model.extract_features(waveform, num_layers=max(self.layers))
        return tuple(features[layer - 1] for layer in self.layers)


class SpectrumLayers(torch.nn.Module):
    """Chosen layers of a transformer over patches of a spectrum: a frame for each column of them that holds sound."""

    def __init__(self, model, blocks, layers, run, frames, bank, mean, deviation, stride, padded_to=None):
        super().__init__()
        self.model, self.bank = model, bank
        self.blocks, self.layers, self.run, self.frames = list(blocks), layers, run, frames
        self.mean, self.deviation, self.stride, self.padded_to = mean, deviation, stride, padded_to

    def forward(self, waveform):
        spectrum = self.bank(waveform)
        columns = (spectrum.shape[1] - FilterBank.PATCH) // self.stride + 1
        if self.padded_to:
            spectrum = functional.pad(spectrum, (0, 0, 0, self.padded_to))[:, : self.padded_to]
        return self.of_spectrum((spectrum - self.mean) / (2 * self.deviation), columns)

    def of_spectrum(self, spectrum, columns):
        with outputs_of(self.blocks, self.layers) as found:
            self.run(spectrum)
        return tuple(self.frames(found[layer])[:, :columns] for layer in self.layers)

    def network(self, spectrum, dims, licence, attribution):
        """The whole, where `spectrum` is what the makers' own preprocessing gives for a window."""
        hop, frame = self.stride * FilterBank.HOP, FilterBank.FRAME
        cover = (FilterBank.PATCH - 1) * FilterBank.HOP + frame

        def original(window):
            return self.of_spectrum(spectrum(window), (len(window) - cover) // hop + 1)

        longest = (self.padded_to - 1) * FilterBank.HOP + frame if self.padded_to else None
        return Network(self, original, self.layers, dims, hop, cover, licence, attribution, longest_samples=longest)


class FilterBank(torch.nn.Module):
    """Kaldi's log-mel filter bank of 25 ms frames every 10 ms as one convolution.

    Taking off the mean, pre-emphasis, windowing and the Fourier transform are all linear in the samples of a frame, so
    that together they are one matrix; the power, the mel bands and the logarithm follow.
    """

    FRAME, HOP, FFT, BANDS = 400, 160, 512, 128
    PATCH = 16  # frames and bands in a patch of all three networks

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
        spectrum = torch.fft.rfft(frame * shape[:, None], n=self.FFT, dim=0)
        self.register_buffer("weights", torch.cat([spectrum.real, spectrum.imag])[:, None, :].float())
        mel, _ = kaldi.get_mel_banks(self.BANDS, self.FFT, RATE_HZ, 20.0, 0.0, 100.0, -500.0, 1.0)
        self.register_buffer("mel", functional.pad(mel, (0, 1)).float())

    def forward(self, waveform):
        parts = functional.conv1d(waveform[:, None, :], self.weights, stride=self.HOP)
        real, imaginary = parts.chunk(2, dim=1)
        energies = torch.matmul((real.pow(2) + imaginary.pow(2)).transpose(1, 2), self.mel.t())
        return torch.clamp(energies, min=torch.finfo(torch.float32).eps).log()


@contextlib.contextmanager
def outputs_of(blocks, layers):
    """What each of `layers`, counted from 1, gives while the model runs."""
    found = {}

    def keep(layer):
        def hook(_module, _inputs, output):
            found[layer] = output[0] if isinstance(output, tuple) else output

        return hook

    hooks = [blocks[layer - 1].register_forward_hook(keep(layer)) for layer in layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def blocks_of(model, depth):
    """The transformer's layers, whatever the version of its library calls them."""
    lists = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList) and len(module) == depth]
    if len(lists) != 1:
        sys.exit(f"{type(model).__name__} has no one list of {depth} layers: its code is newer than this recipe")
    return lists[0]


def chosen_layers(depth, several):
    return [math.ceil(depth * quarter / 4) for quarter in (1, 2, 3, 4)] if several else [depth]


def plain_weights(model):
    """Weight normalisation is for training; its product is what is exported."""
    from torch.nn.utils import parametrize

    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
        elif hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)


def need(*packages):
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as error:
            sys.exit(f"{package} cannot be used ({error}): pip install {' '.join(packages)}")


@contextlib.contextmanager
def downloading():
    try:
        yield
    except OSError as error:
        sys.exit(
            f"the model is not here and could not be downloaded ({error}):\n"
            "connect to the network, name a copy with --checkpoint (AST, EAT), or try the way with --random"
        )
