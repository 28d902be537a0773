#!/usr/bin/env python3
"""nanoGPT's CPU recipe for a character model of Shakespeare, in PyTorch.

    .venv/bin/python shakespeare.py path/to/tinyshakespeare.txt

Context 64, batch 12, 4 layers, 4 heads, width 128, no dropout, 2,000 iterations; learning rate
1e-3 falling to 1e-4 on a cosine after 100 steps of warm-up; AdamW with betas 0.9 and 0.99 and
decay 0.1 on matrices; clipping to norm 1. The first 90 % of the characters train, the rest
validate. As in MiniGPT, layers have biases and GELU is the tanh form (nanoGPT's own defaults for
this recipe are no biases and the exact form).

Prints the wall time, split into training and evaluation, and the final loss on the *whole*
validation set in nats per character: windows of 64 that follow one another without overlap,
the last one shorter, every character but the first predicted once.
"""

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

import gpt

CONTEXT, BATCH, WARMUP = 64, 12, 100
PEAK, FLOOR = 1e-3, 1e-4


def learning_rate(step: int, steps: int) -> float:
    if step < WARMUP:
        return PEAK * (step + 1) / (WARMUP + 1)
    progress = (step - WARMUP) / max(1, steps - WARMUP)
    return FLOOR + 0.5 * (1 + math.cos(math.pi * min(1.0, progress))) * (PEAK - FLOOR)


def random_batch(tokens: Tensor) -> tuple[Tensor, Tensor]:
    starts = torch.randint(len(tokens) - CONTEXT, (BATCH, 1))
    windows = tokens[starts + torch.arange(CONTEXT + 1)]
    return windows[:, :-1], windows[:, 1:]


@torch.no_grad()
def whole_loss(model: nn.Module, tokens: Tensor) -> float:
    """Mean loss over every token of `tokens` but the first."""
    predicted = len(tokens) - 1
    windows = predicted // CONTEXT
    full = windows * CONTEXT
    inputs = tokens[:full].view(windows, CONTEXT)
    targets = tokens[1 : full + 1].view(windows, CONTEXT)
    pairs = list(zip(inputs.split(128), targets.split(128), strict=True))
    if full < predicted:
        pairs.append((tokens[full:-1][None], tokens[full + 1 :][None]))
    return sum(model(x, y).item() * y.numel() for x, y in pairs) / predicted


def main() -> int:
    parser = argparse.ArgumentParser(description="nanoGPT's CPU Shakespeare recipe in PyTorch.")
    parser.add_argument("corpus", type=Path, help="a text file, UTF-8")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--evaluate-every", type=int, default=250, help="0: only at the end")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1337)
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    options = parser.parse_args()
    if options.steps < 1 or options.threads < 1 or options.evaluate_every < 0:
        parser.error("--steps and --threads must be at least 1, --evaluate-every at least 0")
    try:
        text = options.corpus.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"shakespeare.py: cannot read {options.corpus}: {error}", file=sys.stderr)
        return 1

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    alphabet = {character: id for id, character in enumerate(sorted(set(text)))}
    tokens = torch.tensor([alphabet[character] for character in text])
    training, validation = tokens.tensor_split([len(tokens) * 9 // 10])
    if min(len(training), len(validation)) <= CONTEXT:
        print(
            f"shakespeare.py: {options.corpus} has {len(tokens)} characters; its last tenth "
            f"must be longer than the context of {CONTEXT}.",
            file=sys.stderr,
        )
        return 1

    model = gpt.GPT(gpt.Configuration(len(alphabet), 128, 4, 4, CONTEXT))
    optimizer = gpt.adamw(model, PEAK)
    loss_of = torch.compile(model) if options.compile else model
    evaluating = 0.0
    start = time.perf_counter()
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps)
        loss = loss_of(*random_batch(training))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

        done, wanted = step + 1, options.evaluate_every
        if done == options.steps or (wanted and done % wanted == 0):
            pause = time.perf_counter()
            # The uncompiled model: another batch shape would be compiled again.
            validation_loss = whole_loss(model, validation)
            evaluating += time.perf_counter() - pause
            print(
                f"step {done:5}  loss {loss.item():.4f}  validation {validation_loss:.4f}",
                file=sys.stderr,
            )
    wall = time.perf_counter() - start

    result = {
        "wallSeconds": wall,
        "trainingSeconds": wall - evaluating,
        "evaluationSeconds": evaluating,
        "tokensPerSecond": options.steps * BATCH * CONTEXT / (wall - evaluating),
        "validationLoss": validation_loss,
        "steps": options.steps,
        "parameters": model.parameter_count(),
        "threads": torch.get_num_threads(),
        "compiled": options.compile,
        "versions": {"torch": torch.__version__},
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(
            f"PyTorch {torch.__version__}: {options.steps:,} steps in {wall:.1f} s "
            f"({wall - evaluating:.1f} s training, {evaluating:.1f} s evaluating), "
            f"validation loss {validation_loss:.4f} nats per character"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
