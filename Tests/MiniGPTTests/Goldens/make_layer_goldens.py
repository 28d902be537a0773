#!/usr/bin/env python3
"""Makes layers.safetensors with PyTorch and Transformers: what the layers of today's models must give.

Run it (PyTorch, Transformers, NumPy and safetensors must be installed):

    python3 make_layer_goldens.py            writes layers.safetensors
    python3 make_layer_goldens.py --check    writes nothing; compares a fresh run with the file

Inputs are float32 numbers; results and gradients were computed from them in float64 and rounded once,
except for the tables of rotary positions, which are float32 everywhere. `dy` is a random upstream gradient,
`d<input>` what follows from it. The versions are in the file's `__metadata__`; README.md lists the keys.
"""

import argparse
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import safetensors
import safetensors.torch
import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.llama.modeling_llama import (
    LlamaDecoderLayer,
    LlamaRotaryEmbedding,
    apply_rotary_pos_emb,
)
from transformers.models.qwen3.modeling_qwen3 import Qwen3DecoderLayer
from transformers.models.t5.modeling_t5 import T5Attention

PATH = Path(__file__).resolve().parent / "layers.safetensors"
tensors: dict[str, Tensor] = {}


def numbers(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float32).double()


def record(unit: str, inputs: dict[str, Tensor], function: Callable[..., Tensor]) -> None:
    """Values and gradients of a function of named inputs."""
    variables = {name: value.clone().requires_grad_() for name, value in inputs.items()}
    y = function(**variables)
    dy = numbers(*y.shape)
    gradients = torch.autograd.grad(y, list(variables.values()), dy)
    for name, value in {**inputs, "y": y.detach(), "dy": dy}.items():
        tensors[f"{unit}.{name}"] = value
    for name, gradient in zip(inputs, gradients):
        tensors[f"{unit}.d{name}"] = gradient


def record_module(
    unit: str, module: nn.Module, names: dict[str, list[str]], inputs: dict[str, Tensor],
    function: Callable[..., Tensor],
) -> None:
    """The same of a module; each of our parameters is some of its, one below the other."""
    theirs = dict(module.named_parameters())
    with torch.no_grad():
        for name, parameter in theirs.items():
            spread = 0.1 if "norm" in name else 0.3
            base = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.copy_((base + spread * numbers(*parameter.shape)).float().double())
    variables = {name: value.clone().requires_grad_() for name, value in inputs.items()}
    y = function(module, **variables)
    dy = numbers(*y.shape)
    wanted = list(variables.values()) + list(theirs.values())
    gradients = torch.autograd.grad(y, wanted, dy)
    ofInput = dict(zip(variables, gradients))
    ofParameter = dict(zip(theirs, gradients[len(variables):]))
    for name, value in {**inputs, "y": y.detach(), "dy": dy}.items():
        tensors[f"{unit}.{name}"] = value
    for name, gradient in ofInput.items():
        tensors[f"{unit}.d{name}"] = gradient
    for ours, parts in names.items():
        tensors[f"{unit}.weights.{ours}"] = torch.cat([theirs[part].detach() for part in parts])
        tensors[f"{unit}.gradients.{ours}"] = torch.cat([ofParameter[part] for part in parts])


# --- Operations -----------------------------------------------------------------------------------


def operations() -> None:
    for width in (7, 33):
        record(
            f"rmsNorm.{width}", {"x": numbers(2, 3, width), "weight": numbers(width)},
            lambda x, weight: functional.rms_norm(x, weight.shape, weight, eps=1e-5))
    steps = torch.linspace(-10, 10, 81, dtype=torch.float32).double()
    record("silu", {"x": steps}, lambda x: functional.silu(x))
    record(
        "swiGLU", {"gate": 3 * numbers(3, 17), "up": numbers(3, 17)},
        lambda gate, up: functional.silu(gate) * up)
    for name, stride, padding, dilation in (("plain", 1, 0, 1), ("wide", 2, 3, 2)):
        record(
            f"conv1d.{name}",
            {"x": numbers(2, 9, 3), "weight": numbers(4, 3, 3), "bias": numbers(4)},
            lambda x, weight, bias: functional.conv1d(
                x.mT, weight.mT, bias, stride, padding, dilation).mT)


def attention() -> None:
    def inputs(**more: Tensor) -> dict[str, Tensor]:
        return {"q": numbers(2, 4, 7, 5), "k": numbers(2, 2, 9, 5), "v": numbers(2, 2, 9, 5), **more}

    def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, enable_gqa=True)

    record("attention.grouped", inputs(), attend)
    record("attention.bias", inputs(bias=numbers(4, 7, 9)), attend)
    queries, keys = torch.arange(2, 9)[:, None], torch.arange(9)[None, :]
    window = (keys <= queries) & (keys > queries - 3)
    record("attention.window", inputs(), lambda q, k, v: attend(q, k, v, window))
    padding = torch.arange(9)[None, :] < torch.tensor([9, 4])[:, None]
    record("attention.padding", inputs(), lambda q, k, v: attend(q, k, v, padding[:, None, None]))


# --- Positions ------------------------------------------------------------------------------------

SCALINGS = {
    "default": {"rope_type": "default"},
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
}


def llama(**changes: object) -> transformers.LlamaConfig:
    settings: dict[str, object] = {
        "hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 6, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 256, "attn_implementation": "eager", "vocab_size": 8}
    return transformers.LlamaConfig(**{**settings, **changes})


def positions() -> None:
    for name, scaling in SCALINGS.items():
        config = llama(head_dim=32, rope_parameters={"rope_theta": 10_000.0, **scaling})
        rotary = LlamaRotaryEmbedding(config)
        tensors[f"rotary.{name}.frequencies"] = rotary.inv_freq
        tensors[f"rotary.{name}.magnitude"] = torch.tensor([float(rotary.attention_scaling)])
        x = torch.randn(2, 3, 12, 32)
        cosines, sines = rotary(x, torch.arange(100, 112)[None, :])
        tensors[f"rotary.{name}.x"] = x
        tensors[f"rotary.{name}.y"] = apply_rotary_pos_emb(x, x, cosines, sines)[0]
    # Meta's own: neighbours are the real and imaginary parts of complex numbers.
    x = torch.randn(2, 3, 12, 8)
    angles = torch.outer(torch.arange(12.0), 10_000.0 ** (-torch.arange(0, 8, 2) / 8))
    turned = torch.view_as_complex(x.reshape(2, 3, 12, 4, 2)) * torch.polar(torch.ones(12, 4), angles)
    tensors["rotary.interleaved.x"] = x
    tensors["rotary.interleaved.y"] = torch.view_as_real(turned).flatten(3)
    distances = torch.arange(-150, 151)
    for name, is_bidirectional in (("both", True), ("past", False)):
        tensors[f"relativePositions.{name}"] = T5Attention._relative_position_bucket(
            distances, bidirectional=is_bidirectional, num_buckets=32, max_distance=128).int()


# --- Blocks ---------------------------------------------------------------------------------------

LLAMA = {
    "attentionNorm.weight": ["input_layernorm.weight"],
    "attention.queryKeyValue.weight": [f"self_attn.{part}_proj.weight" for part in "qkv"],
    "attention.output.weight": ["self_attn.o_proj.weight"],
    "feedForwardNorm.weight": ["post_attention_layernorm.weight"],
    "feedForward.gate.weight": ["mlp.gate_proj.weight"],
    "feedForward.up.weight": ["mlp.up_proj.weight"],
    "feedForward.down.weight": ["mlp.down_proj.weight"],
}


def decoders() -> None:
    hidden = torch.full((7, 7), float("-inf"), dtype=torch.float64).triu(1)
    for name, kind, config in (
        ("llama", LlamaDecoderLayer, llama()),
        ("qwen3", Qwen3DecoderLayer, transformers.Qwen3Config(
            **{**llama().to_dict(), "model_type": "qwen3", "attention_bias": True,
               "layer_types": ["full_attention"], "num_hidden_layers": 1},
            attn_implementation="eager")),
    ):
        layer = kind(config, 0).double().eval()
        names = dict(LLAMA)
        if name == "qwen3":
            names["attention.queryKeyValue.bias"] = [f"self_attn.{part}_proj.bias" for part in "qkv"]
            names["attention.output.bias"] = ["self_attn.o_proj.bias"]
            names["attention.queryNorm.weight"] = ["self_attn.q_norm.weight"]
            names["attention.keyNorm.weight"] = ["self_attn.k_norm.weight"]
        rotary = LlamaRotaryEmbedding(config)
        cosines, sines = rotary(torch.zeros(1), torch.arange(7)[None, :])

        def run(layer: nn.Module, x: Tensor) -> Tensor:
            result = layer(
                x, attention_mask=hidden[None, None],
                position_embeddings=(cosines.double(), sines.double()))
            return result[0] if isinstance(result, tuple) else result

        record_module(f"block.{name}", layer, names, {"x": numbers(2, 7, 16)}, run)


def attentionNames(ours: str, theirs: str) -> dict[str, list[str]]:
    return {
        f"{ours}.queryKeyValue.weight": [f"{theirs}.in_proj_weight"],
        f"{ours}.queryKeyValue.bias": [f"{theirs}.in_proj_bias"],
        f"{ours}.output.weight": [f"{theirs}.out_proj.weight"],
        f"{ours}.output.bias": [f"{theirs}.out_proj.bias"],
    }


def linearNames(**parts: str) -> dict[str, list[str]]:
    return {
        f"{ours.replace('_', '.')}.{end}": [f"{theirs}.{end}"]
        for ours, theirs in parts.items() for end in ("weight", "bias")
    }


def originals() -> None:
    """The original transformer's blocks: norms after the sums, padding, attention to a memory."""
    settings = {"dim_feedforward": 20, "dropout": 0.0, "batch_first": True, "dtype": torch.float64}
    padding = torch.arange(7)[None, :] >= torch.tensor([7, 4])[:, None]
    encoder = nn.TransformerEncoderLayer(16, 4, activation="gelu", **settings)
    record_module(
        "block.encoder", encoder,
        {
            **attentionNames("attention", "self_attn"),
            **linearNames(
                attentionNorm="norm1", feedForwardNorm="norm2", feedForward_up="linear1",
                feedForward_down="linear2"),
        },
        {"x": numbers(2, 7, 16)}, lambda layer, x: layer(x, src_key_padding_mask=padding))
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
    decoder = nn.TransformerDecoderLayer(16, 4, activation="relu", norm_first=True, **settings)
    record_module(
        "block.cross", decoder,
        {
            **attentionNames("attention", "self_attn"),
            **attentionNames("memoryAttention", "multihead_attn"),
            **linearNames(
                attentionNorm="norm1", memoryNorm="norm2", feedForwardNorm="norm3",
                feedForward_up="linear1", feedForward_down="linear2"),
        },
        {"x": numbers(2, 5, 16), "memory": numbers(2, 7, 16)},
        lambda layer, x, memory: layer(
            x, memory, tgt_mask=hidden, memory_key_padding_mask=padding))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    torch.manual_seed(1337)
    torch.set_num_threads(1)
    for part in (operations, attention, positions, decoders, originals):
        part()
    rounded = {
        name: (value if value.dtype == torch.int32 else value.float()).detach().contiguous()
        for name, value in tensors.items()
    }
    if arguments.check:
        with safetensors.safe_open(PATH, "pt") as file:
            if set(file.keys()) != set(rounded):
                sys.exit("The file has other keys.")
            for name, value in rounded.items():
                torch.testing.assert_close(file.get_tensor(name), value, rtol=1e-5, atol=1e-6)
        print(f"{PATH.name} agrees.")
        return
    versions = {
        "python": platform.python_version(), "torch": torch.__version__,
        "transformers": transformers.__version__, "safetensors": safetensors.__version__}
    safetensors.torch.save_file(rounded, PATH, metadata=versions)
    print(f"{PATH.name}: {len(rounded)} tensors, {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
