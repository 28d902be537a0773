#!/usr/bin/env python3
"""Makes training-steps.json with PyTorch: three steps of a model that is wide and long enough for every
code path that small tensors never take.

    python3 make_training_steps.py             writes training-steps.json
    python3 make_training_steps.py --check     writes nothing; compares a fresh run with the file

One block of GPT-2's width with a vocabulary of 16,500, two batches of 4 x 256 for each step, dropout of a
tenth, clipping, weight decay. Nothing of that size is stored: weights, tokens, places in the text and
masks are drawn here by the generators that the Swift code has (SplitMix64, and the hash of dropout),
written anew in NumPy, and the file holds some numbers of each tensor. Weights are float32 numbers, the
arithmetic is float64: in float32 PyTorch's own norm of 12.7 million numbers is wrong by 5e-4.

The committed file was made with Python 3.11, PyTorch 2.13.0 and NumPy 2.4 on Linux x86-64.
"""

import argparse
import json
from pathlib import Path

import numpy
import torch
from torch.nn import functional

FILE = Path(__file__).resolve().parent / "training-steps.json"
VOCABULARY, WIDTH, HEADS, CONTEXT = 16_500, 768, 12, 256
BATCH, ACCUMULATION, STEPS, DROPOUT, SEED = 4, 2, 3, 0.1, 77
RATE, BETAS, EPSILON, DECAY, CLIP = 1e-3, (0.9, 0.95), 1e-8, 0.1, 1.0
TEXT, SAMPLES = 4_000, 16
MASK = (1 << 64) - 1


# --- SplitMix64 and what is drawn from it -----------------------------------------------------------


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class SplitMix64:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return mix(self.state)

    def split(self, part):
        return mix(((self.state ^ ((part + 1) * 0xD1B54A32D192ED03)) + 0x9E3779B97F4A7C15) & MASK)

    def below(self, bound):
        """Swift's Int.random(in: 0..<bound): Lemire 2019."""
        product = self.next() * bound
        if product & MASK < bound:
            least = (1 << 64) % bound
            while product & MASK < least:
                product = self.next() * bound
        return product >> 64

    def words(self, count):
        """The next `count` words at once."""
        steps = numpy.arange(1, count + 1, dtype=numpy.uint64)
        z = numpy.uint64(self.state) + steps * numpy.uint64(0x9E3779B97F4A7C15)
        self.state = (self.state + count * 0x9E3779B97F4A7C15) & MASK
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))

    def uniform(self, shape, size):
        """Numbers in -size ..< size."""
        count = int(numpy.prod(shape))
        u = (self.words(count) >> numpy.uint64(40)).astype(numpy.float32) * numpy.float32(2**-24)
        size = numpy.float32(size)
        return torch.from_numpy((-size + (size + size) * u).reshape(shape)).double()


# --- Dropout's hash, see random.h --------------------------------------------------------------------


def mix_key(z):
    z = ((z ^ (z >> 32)) * 0x6A09E667F3BCC909) & MASK
    z = ((z ^ (z >> 29)) * 0xBB67AE8584CAA73B) & MASK
    return z ^ (z >> 32)


def drop(x, seed):
    assert x.numel() < 1 << 32
    key = mix_key((seed + mix_key(0x3C6EF372FE94F82B)) & MASK)
    h = numpy.arange(x.numel(), dtype=numpy.uint32) + numpy.uint32(key & 0xFFFFFFFF)
    h = (h ^ (h >> 16)) * numpy.uint32(0xCEE2C21B)
    h = (h ^ (h >> 15)) + numpy.uint32(key >> 32)
    h = (h ^ (h >> 13)) * numpy.uint32(0x0984D2B1)
    h = (h ^ (h >> 16)) * numpy.uint32(0x4506A731)
    h ^= h >> 15
    probability = float(numpy.float32(DROPOUT))
    keep = torch.from_numpy(h >= numpy.uint32(int(probability * 2**32))).view(x.shape)
    return torch.where(keep, x / (1 - probability), 0.0)


def part(seed, number):
    return SplitMix64(seed).split(number)


# --- The model ---------------------------------------------------------------------------------------


def initial_parameters():
    """In the order in which the Swift model shows them."""
    generator = SplitMix64(4)
    shapes = {
        "tokenEmbedding.weight": (VOCABULARY, WIDTH),
        "positionEmbedding.weight": (CONTEXT, WIDTH),
        "blocks.0.attentionNorm.weight": (WIDTH,),
        "blocks.0.attentionNorm.bias": (WIDTH,),
        "blocks.0.attention.queryKeyValue.weight": (3 * WIDTH, WIDTH),
        "blocks.0.attention.queryKeyValue.bias": (3 * WIDTH,),
        "blocks.0.attention.output.weight": (WIDTH, WIDTH),
        "blocks.0.attention.output.bias": (WIDTH,),
        "blocks.0.feedForwardNorm.weight": (WIDTH,),
        "blocks.0.feedForwardNorm.bias": (WIDTH,),
        "blocks.0.feedForward.up.weight": (4 * WIDTH, WIDTH),
        "blocks.0.feedForward.up.bias": (4 * WIDTH,),
        "blocks.0.feedForward.down.weight": (WIDTH, 4 * WIDTH),
        "blocks.0.feedForward.down.bias": (WIDTH,),
        "finalNorm.weight": (WIDTH,),
        "finalNorm.bias": (WIDTH,),
    }
    return {
        name: generator.uniform(shape, 0.06) + (1 if name.endswith("Norm.weight") else 0)
        for name, shape in shapes.items()
    }


def loss(p, inputs, targets, seed):
    def norm(x, name):
        return functional.layer_norm(x, (WIDTH,), p[name + ".weight"], p[name + ".bias"], 1e-5)

    def linear(x, name):
        return functional.linear(x, p[name + ".weight"], p[name + ".bias"])

    x = p["tokenEmbedding.weight"][inputs] + p["positionEmbedding.weight"]
    x = drop(x, part(seed, 0))
    block = part(seed, 1)
    q, k, v = (
        t.view(BATCH, CONTEXT, HEADS, -1).transpose(1, 2)
        for t in linear(norm(x, "blocks.0.attentionNorm"), "blocks.0.attention.queryKeyValue").split(WIDTH, 2)
    )
    scores = q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5
    hidden = torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1)
    weights = drop(scores.masked_fill(hidden, -torch.inf).softmax(3), part(block, 0))
    mixed = (weights @ v).transpose(1, 2).reshape(BATCH, CONTEXT, WIDTH)
    x = x + drop(linear(mixed, "blocks.0.attention.output"), part(block, 1))
    inside = functional.gelu(
        linear(norm(x, "blocks.0.feedForwardNorm"), "blocks.0.feedForward.up"), approximate="tanh")
    x = x + drop(linear(inside, "blocks.0.feedForward.down"), part(block, 2))
    logits = norm(x, "finalNorm") @ p["tokenEmbedding.weight"].T
    return functional.cross_entropy(logits.view(-1, VOCABULARY), targets.reshape(-1))


# --- Three steps -------------------------------------------------------------------------------------


def sample(x):
    """Numbers from all over a tensor, and its norm."""
    flat = x.detach().flatten()
    places = [(index * (flat.numel() - 1)) // (SAMPLES - 1) for index in range(SAMPLES)]
    return {"norm": float(flat.double().norm()), "numbers": [float(flat[place]) for place in places]}


def run():
    ids = SplitMix64(5)
    text = torch.tensor([ids.below(VOCABULARY) for _ in range(TEXT)])
    parameters = {name: value.requires_grad_() for name, value in initial_parameters().items()}
    matrices = [value for value in parameters.values() if value.dim() >= 2]
    others = [value for value in parameters.values() if value.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=RATE, betas=BETAS, eps=EPSILON)
    result = {"losses": [], "gradientNorms": [], "parameters": {}, "first": {}, "second": {}}
    for step in range(STEPS):
        generator = SplitMix64(part(SEED, step))
        optimizer.zero_grad()
        total = 0.0
        for _ in range(ACCUMULATION):
            starts = [generator.below(TEXT - CONTEXT) for _ in range(BATCH)]
            rows = torch.stack([text[start : start + CONTEXT + 1] for start in starts])
            value = loss(parameters, rows[:, :-1], rows[:, 1:], generator.next()) / ACCUMULATION
            value.backward()
            total += value.item()
        result["losses"].append(total)
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP)
        result["gradientNorms"].append(float(norm))
        optimizer.step()
    for name, value in parameters.items():
        state = optimizer.state[value]
        result["parameters"][name] = sample(value)
        result["first"][name] = sample(state["exp_avg"])
        result["second"][name] = sample(state["exp_avg_sq"])
    return result


def difference(a, b):
    if isinstance(a, dict):
        return max(difference(a[key], b[key]) for key in a)
    a, b = numpy.atleast_1d(a), numpy.atleast_1d(b)
    return float(numpy.abs(a - b).max() / (numpy.abs(b).max() + 1e-30))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    numpy.seterr(over="ignore")
    torch.manual_seed(0)
    made = run()
    if arguments.check:
        print("largest relative difference:", difference(made, json.loads(FILE.read_text())))
    else:
        FILE.write_text(json.dumps(made, indent=1) + "\n")
        print(made["losses"], made["gradientNorms"])
