#!/usr/bin/env python3
"""Makes the golden files of this folder with PyTorch: the numbers our Swift code must reproduce.

Run it (PyTorch, NumPy and safetensors must be installed):

    python3 make_goldens.py                  writes gpt-parity.safetensors, operations.safetensors
    python3 make_goldens.py --check          writes nothing; compares a fresh run with the files
    python3 make_goldens.py --sensitivity    writes nothing; shows which mistakes the files reveal

The committed files were made with Python 3.11, PyTorch 2.15.0, NumPy 2.4.6 and safetensors 0.8.0 on
Linux x86-64 (each file's `__metadata__` repeats this). Every number comes from a fixed seed.
On the same versions and processor type a second run gives the same bytes; elsewhere float32 sums
may be ordered differently, and `--check` allows for that.

Keys and shapes are listed in README.md beside this script.
"""

import argparse
import json
import math
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

FOLDER = Path(__file__).resolve().parent
IGNORED = -1


# --- gpt-parity.safetensors -----------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """The parity run. Fields after `steps` exist to be got wrong on purpose by `--sensitivity`."""

    vocabulary: int = 61
    # Neither the width nor the width of a head (7) is a multiple of a vector register, so that
    # the tails of vectorised loops are tested too.
    width: int = 28
    layers: int = 3
    heads: int = 4
    context: int = 24
    batch: int = 4
    steps: int = 20

    gelu: str = "tanh"
    norm_epsilon: float = 1e-5
    causal: bool = True
    scale_exponent: float = -0.5
    ignore_targets: bool = True
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    epsilon: float = 1e-8
    weight_decay: float = 0.1
    decay_everything: bool = False
    decoupled: bool = True
    clip: float = 1.0


class Attention(nn.Module):
    def __init__(self, recipe: Recipe):
        super().__init__()
        self.recipe = recipe
        self.queryKeyValue = nn.Linear(recipe.width, 3 * recipe.width)
        self.output = nn.Linear(recipe.width, recipe.width)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        heads = self.recipe.heads
        query, key, value = (
            part.view(batch, time, heads, width // heads).transpose(1, 2)
            for part in self.queryKeyValue(x).split(width, dim=2)
        )
        mixed = functional.scaled_dot_product_attention(
            query,
            key,
            value,
            is_causal=self.recipe.causal,
            scale=(width // heads) ** self.recipe.scale_exponent,
        )
        return self.output(mixed.transpose(1, 2).reshape(batch, time, width))


class FeedForward(nn.Module):
    def __init__(self, recipe: Recipe):
        super().__init__()
        self.gelu = recipe.gelu
        self.up = nn.Linear(recipe.width, 4 * recipe.width)
        self.down = nn.Linear(4 * recipe.width, recipe.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(functional.gelu(self.up(x), approximate=self.gelu))


class Block(nn.Module):
    def __init__(self, recipe: Recipe):
        super().__init__()
        self.attentionNorm = nn.LayerNorm(recipe.width, eps=recipe.norm_epsilon)
        self.attention = Attention(recipe)
        self.feedForwardNorm = nn.LayerNorm(recipe.width, eps=recipe.norm_epsilon)
        self.feedForward = FeedForward(recipe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.attentionNorm(x))
        return x + self.feedForward(self.feedForwardNorm(x))


class GPT(nn.Module):
    """GPT-2's layout; attributes have the Swift model's names, so `named_parameters` has too."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.tokenEmbedding = nn.Embedding(recipe.vocabulary, recipe.width)
        self.positionEmbedding = nn.Embedding(recipe.context, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.layers))
        self.finalNorm = nn.LayerNorm(recipe.width, eps=recipe.norm_epsilon)

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1])
        x = self.tokenEmbedding(tokens) + self.positionEmbedding(positions)
        for block in self.blocks:
            x = block(x)
        return self.finalNorm(x) @ self.tokenEmbedding.weight.T


def initial_weights(recipe: Recipe) -> dict[str, Tensor]:
    """Weights that hide nothing: biases are not 0, gains not 1, and attention is not uniform.

    GPT-2's 0.02 for everything would leave scores and biases so small that a mistake in them
    might stay below the tolerance.
    """
    generator = torch.Generator().manual_seed(2401)
    weights = {}
    for name, parameter in GPT(recipe).named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "Norm.weight" in name:
            weights[name] = 1 + 0.2 * noise
        elif name.endswith(".bias"):
            weights[name] = 0.1 * noise
        elif "Embedding" in name:
            weights[name] = 0.08 * noise
        elif "queryKeyValue" in name:
            weights[name] = 0.3 * noise
        elif "feedForward" in name:
            weights[name] = 0.2 * noise  # reaches where the two GELUs differ
        else:
            weights[name] = 0.1 * noise
    return weights


def token_batches(recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Inputs and targets `[steps, batch, context]`, int32, of a language that can be learned.

    Nine times in ten the next token is a fixed function of the last one. On pure noise the losses
    would stay near log(vocabulary) whatever the optimizer did.
    """
    generator = torch.Generator().manual_seed(2402)
    sequences = torch.empty(recipe.steps, recipe.batch, recipe.context + 1, dtype=torch.int32)
    shape = sequences.shape[:2]
    sequences[..., 0] = torch.randint(recipe.vocabulary, shape, generator=generator)
    for time in range(recipe.context):
        follower = (3 * sequences[..., time] + 7) % recipe.vocabulary
        surprise = torch.randint(recipe.vocabulary, shape, generator=generator).int()
        surprised = torch.rand(shape, generator=generator) < 0.1
        sequences[..., time + 1] = torch.where(surprised, surprise, follower)
    inputs, targets = sequences[..., :-1].clone(), sequences[..., 1:].clone()
    ignored = torch.rand(targets.shape, generator=generator) < 0.3
    ignored[: recipe.steps // 2] = False
    targets[ignored] = IGNORED
    # One whole row without a target, as padding makes it.
    targets[recipe.steps // 2 + 1, 2] = IGNORED
    return inputs, targets


def train(recipe: Recipe, data_type: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Logits and gradients of batch 0, then the losses and gradient norms of all AdamW steps."""
    weights = initial_weights(Recipe())
    model = GPT(recipe).to(data_type)
    model.load_state_dict(weights)
    inputs, targets = token_batches(recipe)

    def loss_of(logits: Tensor, step: int) -> Tensor:
        wanted = targets[step].long()
        if not recipe.ignore_targets:
            wanted = wanted.clamp(min=0)
        return functional.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), ignore_index=IGNORED
        )

    logits = model(inputs[0].long())
    names, parameters = zip(*model.named_parameters(), strict=True)
    gradients = torch.autograd.grad(loss_of(logits, 0), parameters)

    decayed = [p for p in parameters if p.dim() >= 2 or recipe.decay_everything]
    plain = [p for p in parameters if p.dim() < 2 and not recipe.decay_everything]
    optimizer = (torch.optim.AdamW if recipe.decoupled else torch.optim.Adam)(
        [
            {"params": decayed, "weight_decay": recipe.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
        betas=recipe.betas,
        eps=recipe.epsilon,
    )
    losses, norms = [], []
    for step in range(recipe.steps):
        loss = loss_of(model(inputs[step].long()), step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(parameters, recipe.clip).detach())
        optimizer.step()
        losses.append(loss.detach())

    result = {f"weights.{name}": weights[name] for name in names}
    result |= {f"gradients.{n}": g for n, g in zip(names, gradients, strict=True)}
    result |= {
        "inputs": inputs,
        "targets": targets,
        "logits": logits.detach(),
        "losses": torch.stack(losses),
        "gradientNorms": torch.stack(norms),
    }
    return result


def relative_difference(actual: Tensor, expected: Tensor) -> float:
    """Largest difference over the largest magnitude expected: how the tests should measure it."""
    scale = expected.abs().max().clamp(min=1e-30)
    return float((actual.double() - expected.double()).abs().max() / scale)


def rounding_floor() -> dict[str, str]:
    """How far the float32 run is from the same run in float64: what no tolerance can go below."""
    single, double = train(Recipe()), train(Recipe(), torch.float64)
    gradients = max(
        relative_difference(single[name], double[name])
        for name in single
        if name.startswith("gradients.")
    )
    logits, losses = (
        float((single[name] - double[name]).abs().max()) for name in ("logits", "losses")
    )
    norms = float((single["gradientNorms"] / double["gradientNorms"] - 1).abs().max())
    return {
        "logits, largest absolute": f"{logits:.1e}",
        "gradients, largest relative to the tensor's largest": f"{gradients:.1e}",
        "losses, largest absolute": f"{losses:.1e}",
        "gradientNorms, largest relative": f"{norms:.1e}",
    }


def show_sensitivity() -> None:
    """Prints how much each plausible mistake moves the goldens: more than 1e-4 is caught."""
    right = Recipe()
    mistakes = {
        "exact GELU instead of tanh": replace(right, gelu="none"),
        "LayerNorm epsilon 1e-6": replace(right, norm_epsilon=1e-6),
        "no causal mask": replace(right, causal=False),
        "attention scaled by 1/d, not 1/sqrt(d)": replace(right, scale_exponent=-1.0),
        "ignored targets count as token 0": replace(right, ignore_targets=False),
        "AdamW beta1 0.95": replace(right, betas=(0.95, 0.99)),
        "AdamW beta2 0.999": replace(right, betas=(0.9, 0.999)),
        "AdamW epsilon 1e-6": replace(right, epsilon=1e-6),
        "no weight decay": replace(right, weight_decay=0.0),
        "weight decay on biases and norms too": replace(right, decay_everything=True),
        "weight decay as L2 in the gradient": replace(right, decoupled=False),
        "no clipping": replace(right, clip=math.inf),
    }
    expected = train(right)
    print(f"{'mistake':42} {'logits':>9} {'gradients':>9} {'losses':>9} {'norms':>9}")
    for mistake, recipe in mistakes.items():
        actual = train(recipe)
        gradients = max(
            relative_difference(actual[name], expected[name])
            for name in expected
            if name.startswith("gradients.")
        )
        figures = [
            float((actual["logits"] - expected["logits"]).abs().max()),
            gradients,
            float((actual["losses"] - expected["losses"]).abs().max()),
            relative_difference(actual["gradientNorms"], expected["gradientNorms"]),
        ]
        print(f"{mistake:42} " + " ".join(f"{figure:9.1e}" for figure in figures))


# --- operations.safetensors -----------------------------------------------------------------------


class Operations:
    """Collects units. Inputs are float32 numbers; everything computed from them is float64.

    So the stored outputs are the true values rounded once, and an implementation's distance from
    them is its own error.
    """

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(2403)
        self.tensors: dict[str, Tensor] = {}

    def random(self, *shape: int, scale: float = 1.0) -> Tensor:
        return (scale * torch.randn(shape, generator=self.generator)).double()

    def gains(self, width: int) -> Tensor:
        """Weights of a LayerNorm, around 1."""
        return (1 + self.random(width, scale=0.3)).float().double()

    def record(
        self,
        unit: str,
        compute: Callable[..., Tensor],
        inputs: dict[str, Tensor],
        fixed: dict[str, Tensor] | None = None,
        output: str = "y",
        upstream: Tensor | None = None,
    ) -> None:
        """Stores inputs, output, upstream gradient `d<output>` and a `d<input>` for each input.

        `fixed` are inputs without a gradient: token ids. Scalars are stored with shape `[1]`.
        """
        fixed = fixed or {}
        for name, value in inputs.items():
            assert torch.equal(value, value.float().double()), f"{unit}.{name} is not float32"
        leaves = {name: value.clone().requires_grad_() for name, value in inputs.items()}
        result = compute(**leaves, **fixed)
        if upstream is None:
            upstream = self.random(*result.shape)
        gradients = torch.autograd.grad(result, list(leaves.values()), upstream)
        self.store(unit, inputs | fixed | {output: result.detach(), f"d{output}": upstream})
        self.store(unit, {f"d{n}": g for n, g in zip(leaves, gradients, strict=True)})

    def store(self, unit: str, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            key = f"{unit}.{name}"
            assert key not in self.tensors, key
            assert value.isfinite().all(), f"{key} is not finite"
            integer = not value.is_floating_point()
            value = value.reshape(1) if value.dim() == 0 else value
            # A copy: safetensors refuses tensors that share memory.
            self.tensors[key] = value.to(torch.int32 if integer else torch.float32, copy=True)


def attention_weights(query: Tensor, key: Tensor, causal: bool) -> Tensor:
    """softmax(Q Kᵀ / √d) written out, a second opinion on PyTorch's fused attention."""
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(hidden, -math.inf)
    return scores.softmax(-1)


def add_normalisation(operations: Operations) -> None:
    for width in (1, 7, 33):
        operations.record(
            f"layerNorm.{width}",
            lambda x, weight, bias, width=width: functional.layer_norm(
                x, (width,), weight, bias, eps=1e-5
            ),
            {
                "x": operations.random(2, 3, width, scale=2.0),
                "weight": operations.gains(width),
                "bias": operations.random(width, scale=0.5),
            },
        )
    # Far from zero, where a variance computed as E[x²] − E[x]² loses all its digits. Multiples
    # of 1/64, so that nothing is lost in storing them.
    offset = 1000 + (operations.random(2, 3, 33) * 64).round() / 64
    operations.record(
        "layerNorm.offset",
        lambda x, weight, bias: functional.layer_norm(x, (33,), weight, bias, eps=1e-5),
        {
            "x": offset,
            "weight": operations.gains(33),
            "bias": operations.random(33, scale=0.5),
        },
    )


def add_activations(operations: Operations) -> None:
    grid = torch.linspace(-10, 10, 401, dtype=torch.float32).double()
    upstream = operations.random(401)
    for name, approximate in (("exact", "none"), ("tanh", "tanh")):
        operations.record(
            f"gelu.{name}",
            lambda x, approximate=approximate: functional.gelu(x, approximate=approximate),
            {"x": grid},
            upstream=upstream,
        )


def add_softmax(operations: Operations) -> None:
    rows = operations.random(4, 9, scale=2.0).float()
    rows[1] += 1000  # exp overflows unless the maximum is taken off first
    rows[2, 3] = 80
    rows[3] = -7.5  # all equal
    cube = operations.random(2, 5, 3, scale=2.0)
    for name, function in (("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)):
        operations.record(
            f"{name}.last", lambda x, f=function: f(x, -1), {"x": rows.double()}
        )
        operations.record(f"{name}.axis1", lambda x, f=function: f(x, 1), {"x": cube})


def add_attention(operations: Operations) -> None:
    # batch, heads, queries, keys, width; `long` is longer than any reasonable tile.
    shapes = {
        "causal": (2, 3, 7, 7, 5),
        "full": (2, 3, 7, 7, 5),
        "cross": (2, 3, 7, 11, 5),
        "causalLong": (1, 1, 131, 131, 5),
    }
    for name, (batch, heads, queries, keys, width) in shapes.items():
        causal = name.startswith("causal")
        inputs = {
            "q": operations.random(batch, heads, queries, width, scale=1.5),
            "k": operations.random(batch, heads, keys, width, scale=1.5),
            "v": operations.random(batch, heads, keys, width),
        }
        operations.record(
            f"attention.{name}",
            lambda q, k, v, causal=causal: functional.scaled_dot_product_attention(
                q, k, v, is_causal=causal
            ),
            inputs,
        )
        weights = attention_weights(inputs["q"], inputs["k"], causal)
        fused = operations.tensors[f"attention.{name}.y"]
        assert relative_difference(fused, weights @ inputs["v"]) < 1e-6
        if name != "causalLong":
            operations.store(f"attention.{name}", {"weights": weights})


def add_multi_head_attention(operations: Operations) -> None:
    """`nn.MultiheadAttention` is the oracle; its packed projection is `[3·width, width]`."""
    width, heads = 12, 3
    for name, memory_time in (("causal", None), ("full", None), ("cross", 11)):
        inputs = {"x": operations.random(2, 7, width)}
        if memory_time is not None:
            inputs["memory"] = operations.random(2, memory_time, width)
        inputs |= {
            "queryKeyValue.weight": operations.random(3 * width, width, scale=0.5),
            "queryKeyValue.bias": operations.random(3 * width, scale=0.3),
            "output.weight": operations.random(width, width, scale=0.3),
            "output.bias": operations.random(width, scale=0.3),
        }
        module = nn.MultiheadAttention(width, heads, batch_first=True, dtype=torch.float64)
        hidden = torch.ones(7, 7, dtype=torch.bool).triu(1) if name == "causal" else None
        seen = {}

        def compute(module=module, hidden=hidden, seen=seen, **values: Tensor) -> Tensor:
            x, memory = values["x"], values.get("memory", values["x"])
            result, seen["weights"] = torch.func.functional_call(
                module,
                {
                    "in_proj_weight": values["queryKeyValue.weight"],
                    "in_proj_bias": values["queryKeyValue.bias"],
                    "out_proj.weight": values["output.weight"],
                    "out_proj.bias": values["output.bias"],
                },
                (x, memory, memory),
                {"attn_mask": hidden, "need_weights": True, "average_attn_weights": False},
            )
            return result

        operations.record(f"multiHeadAttention.{name}", compute, inputs)
        operations.store(f"multiHeadAttention.{name}", {"weights": seen["weights"].detach()})


def add_losses(operations: Operations) -> None:
    some_ignored = torch.tensor([3, IGNORED, 10, 0, IGNORED, 7, 7, 2], dtype=torch.int32)
    all_counted = torch.tensor([3, 9, 10, 0, 4, 7, 7, 2], dtype=torch.int32)
    logits = operations.random(8, 11, scale=3.0).float()
    logits[5] += 1000
    upstream = torch.tensor(0.75, dtype=torch.float64)
    for name, reduction, targets in (
        ("mean", "mean", all_counted),
        ("meanIgnoring", "mean", some_ignored),
        ("sum", "sum", all_counted),
        ("sumIgnoring", "sum", some_ignored),
    ):
        operations.record(
            f"crossEntropy.{name}",
            lambda logits, targets, reduction=reduction: functional.cross_entropy(
                logits, targets.long(), reduction=reduction, ignore_index=IGNORED
            ),
            {"logits": logits.double()},
            fixed={"targets": targets},
            output="loss",
            upstream=upstream,
        )
    operations.record(
        "linearCrossEntropy.meanIgnoring",
        lambda x, weight, targets: functional.cross_entropy(
            x @ weight.T, targets.long(), ignore_index=IGNORED
        ),
        {"x": operations.random(8, 5), "weight": operations.random(11, 5)},
        fixed={"targets": some_ignored},
        output="loss",
        upstream=upstream,
    )


def add_projections(operations: Operations) -> None:
    operations.record(
        "embedding",
        lambda weight, ids: functional.embedding(ids.long(), weight),
        {"weight": operations.random(10, 5)},
        # 4 occurs three times, 0 and 9 are the ends, and 2, 5, 6, 8 get no gradient.
        fixed={"ids": torch.tensor([[4, 0, 9, 4], [1, 7, 3, 3], [9, 4, 0, 1]]).int()},
    )
    parameters = {"weight": operations.random(5, 7), "bias": operations.random(5)}
    x = operations.random(2, 3, 7)
    operations.record("linear.biased", functional.linear, {"input": x} | parameters)
    operations.record(
        "linear.plain", functional.linear, {"input": x, "weight": parameters["weight"]}
    )
    for unit in ("linear.biased", "linear.plain"):
        operations.tensors[f"{unit}.x"] = operations.tensors.pop(f"{unit}.input")
        operations.tensors[f"{unit}.dx"] = operations.tensors.pop(f"{unit}.dinput")


def add_optimizers(operations: Operations) -> None:
    start = operations.random(13)
    gradients = operations.random(3, 13)
    gradients[:, 0] = 0  # only decay moves this one
    gradients[:, 1] *= 1e-8  # epsilon decides here
    gradients[1:, 2] = 0  # momentum alone carries this one
    gradients = gradients.float().double()

    def run(unit: str, make: Callable[[list[Tensor]], torch.optim.Optimizer]) -> None:
        parameter = start.clone().requires_grad_()
        optimizer = make([parameter])
        states: dict[str, list[Tensor]] = {"parameters": []}
        spellings = {
            "exp_avg": "firstMoments",
            "exp_avg_sq": "secondMoments",
            "momentum_buffer": "velocities",
        }
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            states["parameters"].append(parameter.detach().clone())
            for key, spelling in spellings.items():
                if (value := optimizer.state[parameter].get(key)) is not None:
                    states.setdefault(spelling, []).append(value.clone())
        stacked = {name: torch.stack(values) for name, values in states.items()}
        operations.store(unit, {"start": start, "gradients": gradients} | stacked)

    adam = {"lr": 0.01, "betas": (0.9, 0.95), "eps": 1e-8}
    run("adamW.decayed", lambda p: torch.optim.AdamW(p, weight_decay=0.1, **adam))
    run("adamW.plain", lambda p: torch.optim.AdamW(p, weight_decay=0.0, **adam))
    run("sgd.plain", lambda p: torch.optim.SGD(p, lr=0.1))
    run("sgd.momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))


def add_clipping(operations: Operations) -> None:
    """One set of gradients with a global norm above 1, one below: that one must stay as it is."""
    for name, scale in (("above", 1.0), ("below", 0.05)):
        gradients = [operations.random(3, 4, scale=scale), operations.random(5, scale=scale)]
        parameters = [torch.zeros_like(gradient).requires_grad_() for gradient in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        assert (norm > 1) == (name == "above")
        operations.store(
            f"clipping.{name}",
            {
                "a": gradients[0],
                "b": gradients[1],
                "norm": norm,
                "clippedA": parameters[0].grad,
                "clippedB": parameters[1].grad,
            },
        )


def operations_goldens() -> dict[str, Tensor]:
    operations = Operations()
    add_normalisation(operations)
    add_activations(operations)
    add_softmax(operations)
    add_attention(operations)
    add_multi_head_attention(operations)
    add_losses(operations)
    add_projections(operations)
    add_optimizers(operations)
    add_clipping(operations)
    return operations.tensors


# --- Files ----------------------------------------------------------------------------------------


def metadata(**more: object) -> dict[str, str]:
    """One entry only: the library does not promise an order for several."""
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": numpy.__version__,
        "safetensors": safetensors.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    description = {"madeBy": "make_goldens.py", "versions": versions} | more
    return {"description": json.dumps(description, sort_keys=True)}


def write(file: str, tensors: dict[str, Tensor], description: dict[str, str]) -> None:
    prepared = {name: tensors[name].contiguous() for name in sorted(tensors)}
    safetensors.torch.save_file(prepared, FOLDER / file, metadata=description)
    print(f"{file}: {len(tensors)} tensors, {(FOLDER / file).stat().st_size:,} bytes")


def check(file: str, tensors: dict[str, Tensor]) -> bool:
    """Compares a fresh run with the committed file and names what differs."""
    committed = safetensors.torch.load_file(FOLDER / file)
    problems = [f"only in one of the two: {name}" for name in committed.keys() ^ tensors.keys()]
    worst = 0.0
    for name in committed.keys() & tensors.keys():
        old, new = committed[name], tensors[name]
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            problems.append(f"{name}: {old.dtype} {old.shape}, now {new.dtype} {new.shape}")
            continue
        difference = float((old.double() - new.double()).abs().max())
        difference /= max(1.0, float(old.double().abs().max()))
        worst = max(worst, difference)
        if difference > (1e-5 if old.is_floating_point() else 0):
            problems.append(f"{name}: differs by {difference:.1e}")
    print(f"{file}: {len(committed)} tensors, largest difference {worst:.1e}")
    for problem in sorted(problems):
        print(f"  {problem}")
    return not problems


def main() -> int:
    arguments = argparse.ArgumentParser(description="Makes or checks the golden files.")
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments.add_argument("--sensitivity", action="store_true", help="show what is caught")
    options = arguments.parse_args()

    # One thread, so that float32 sums have one order.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    if options.sensitivity:
        show_sensitivity()
        return 0
    files = {
        "gpt-parity.safetensors": train(Recipe()),
        "operations.safetensors": operations_goldens(),
    }
    if options.check:
        return 0 if all([check(file, tensors) for file, tensors in files.items()]) else 1
    descriptions = {
        "gpt-parity.safetensors": metadata(
            recipe=asdict(Recipe()), roundingFloor=rounding_floor()
        ),
        "operations.safetensors": metadata(),
    }
    for file, tensors in files.items():
        write(file, tensors, descriptions[file])
    return 0


if __name__ == "__main__":
    sys.exit(main())
