#!/usr/bin/env python3
"""Times whole training steps of a GPT in PyTorch on this machine's CPU.

    .venv/bin/python train.py --vocabulary 65 --width 128 --layers 4 --heads 4 --context 64 \
        --batch 12 --steps 200 --mode compile --json

A step is what MiniGPT's `Throughput train` times too: a fresh batch of random tokens, forward,
backward, clipping to global norm 1, AdamW. The first `--warmup` steps (compilation is in them)
are not counted; speed is that of the median step.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import statistics
import sys
import time
import traceback

import torch
from torch import nn

import gpt

MODES = ("eager", "compile", "compile-bf16")


def peak_memory() -> int:
    """Bytes of this process's largest resident set. Threads are in it, child processes not."""
    with contextlib.suppress(OSError):
        # Better than getrusage, which starts from the size of the process that launched us.
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Times training steps of a GPT in PyTorch. Defaults: the character model."
    )
    sizes = {"vocabulary": 65, "width": 128, "layers": 4, "heads": 4, "context": 64, "batch": 12}
    for name, value in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--steps", type=int, default=50, help="steps that are timed")
    parser.add_argument("--warmup", type=int, default=5, help="steps before those")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mode", choices=MODES, default="eager")
    parser.add_argument(
        "--optimizer",
        choices=("fused", "foreach", "loop"),
        default="fused",
        help="implementation of AdamW; fused is the fastest, see README.md",
    )
    parser.add_argument("--seed", type=int, default=1337)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    for name in ("batch", "steps", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1, not {getattr(options, name)}")
    if options.warmup < 0:
        parser.error(f"--warmup must not be negative, but is {options.warmup}")
    return options


def measure(options: argparse.Namespace) -> dict[str, object]:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    libraries = peak_memory()

    configuration = gpt.Configuration(
        options.vocabulary, options.width, options.layers, options.heads, options.context
    )
    model = gpt.GPT(configuration)
    optimizer = gpt.adamw(model, 1e-3, options.optimizer)
    loss_of = model if options.mode == "eager" else torch.compile(model)
    precision = (
        torch.autocast("cpu", dtype=torch.bfloat16)
        if options.mode == "compile-bf16"
        else contextlib.nullcontext()
    )

    def step() -> float:
        tokens = torch.randint(options.vocabulary, (options.batch, options.context + 1))
        with precision:
            loss = loss_of(tokens[:, :-1], tokens[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    start = time.perf_counter()
    for _ in range(options.warmup):
        step()
    warmup_seconds = time.perf_counter() - start

    seconds, faults = [], page_faults()
    for _ in range(options.steps):
        start = time.perf_counter()
        loss = step()
        seconds.append(time.perf_counter() - start)
    faults = page_faults() - faults

    median = statistics.median(seconds)
    return {
        "tokensPerSecond": options.batch * options.context / median,
        "secondsPerStep": median,
        "fastestSecondsPerStep": min(seconds),
        "warmupSeconds": warmup_seconds,
        "peakMemoryBytes": peak_memory(),
        "peakMemoryBytesBeforeModel": libraries,
        "pageFaultsPerStep": faults / options.steps,
        "parameters": model.parameter_count(),
        "loss": loss,
        "mode": options.mode,
        "optimizer": options.optimizer,
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def main() -> int:
    options = parse()
    try:
        result = measure(options)
    except ValueError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        # Compilation fails in many ways: no C++ compiler, no headers, an unsupported version.
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        print(f"train.py: mode {options.mode} failed. {reason}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(result))
    else:
        print(
            f"PyTorch {torch.__version__}, {options.mode}, AdamW {options.optimizer}, "
            f"{result['threads']} threads: {result['tokensPerSecond']:,.0f} tokens/s, "
            f"{1000 * result['secondsPerStep']:.2f} ms a step, "
            f"peak memory {result['peakMemoryBytes'] / 1e6:,.0f} MB, "
            f"{result['parameters']:,} parameters, warm-up {result['warmupSeconds']:.1f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
