#!/usr/bin/env python3
"""Times parts of today's decoders in PyTorch eager on this machine's CPU, and ours beside them.

    .venv/bin/python layers.py --throughput ../.build/release/Throughput

The parts are those of `Throughput layers`: RMS norm, rotary positions as Transformers writes them, SwiGLU,
attention of a padded batch of a decoder (masked) and of an encoder (padded), forward and backward, for the gradients of all inputs. With --throughput
ours and PyTorch run alternately and a table of medians and ratios is printed; without, PyTorch alone.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

SIZES = ((8, 256, 8, 64), (4, 512, 12, 64))


def rotated(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """`apply_rotary_pos_emb` of Transformers."""
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines


def parts(batch: int, time: int, heads: int, head: int) -> dict[str, tuple[list[Tensor], Callable]]:
    width = heads * head
    frequencies = 10_000.0 ** (-torch.arange(0, head, 2) / head)
    lengths = torch.tensor([time if i % 2 == 0 else time * 3 // 4 for i in range(batch)])
    padding = (torch.arange(time)[None, :] < lengths[:, None])[:, None, None]

    def rotary(x: Tensor) -> Tensor:
        # Tables are made in every call on both sides.
        angles = torch.outer(torch.arange(time, dtype=torch.float32), frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        return rotated(x.transpose(1, 2), angles.cos(), angles.sin())

    # A padded batch of a decoder: Transformers joins both masks into one and gives that.
    causal = torch.ones(time, time, dtype=torch.bool).tril()[None, None] & padding

    def attention(mask: Tensor) -> Callable:
        return lambda q, k, v: functional.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask)

    hidden = width * 8 // 3
    return {
        "rmsNorm": (
            [torch.randn(batch, time, width), torch.randn(width)],
            lambda x, weight: functional.rms_norm(x, weight.shape, weight, 1e-5)),
        "rotary": ([torch.randn(batch, time, heads, head)], rotary),
        "swiGLU": (
            [torch.randn(batch, time, hidden), torch.randn(batch, time, hidden)],
            lambda gate, up: functional.silu(gate) * up),
        "maskedAttention": (
            [torch.randn(batch, time, heads, head) for _ in range(3)], attention(causal)),
        "paddedAttention": (
            [torch.randn(batch, time, heads, head) for _ in range(3)], attention(padding)),
    }


def measure(inputs: list[Tensor], operation: Callable, seconds: float) -> tuple[float, float]:
    """Medians of the seconds forward and backward."""
    variables = [x.requires_grad_() for x in inputs]
    gradient = torch.randn_like(operation(*variables))
    forward: list[float] = []
    backward: list[float] = []
    end = time.perf_counter() + seconds
    while len(forward) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        y = operation(*variables)
        middle = time.perf_counter()
        torch.autograd.grad(y, variables, gradient)
        forward.append(middle - start)
        backward.append(time.perf_counter() - middle)
    return statistics.median(forward[2:]), statistics.median(backward[2:])


def pytorch(seconds: float) -> dict[tuple[str, str], tuple[float, float]]:
    results = {}
    for batch, length, heads, head in SIZES:
        for name, (inputs, operation) in parts(batch, length, heads, head).items():
            shape = f"{batch} × {length} × {heads * head}"
            results[name, shape] = measure(inputs, operation, seconds)
    return results


def ours(throughput: str, seconds: float, threads: int) -> list[dict]:
    command = [throughput, "layers", "--json", "--seconds", str(seconds), "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times parts of decoders in PyTorch and ours.")
    parser.add_argument("--throughput", help="the program Throughput, built in release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each part and round")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(arguments.threads)
    theirs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    mine: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for _ in range(arguments.rounds):
        if arguments.throughput:
            reports = ours(arguments.throughput, 2 * arguments.seconds, arguments.threads)
            for report in reports:
                total = report["composedForwardSeconds"] + report["composedBackwardSeconds"]
                mine.setdefault((report["name"], report["shape"]), []).append(
                    (report["forwardSeconds"], report["backwardSeconds"], total))
        for key, pair in pytorch(arguments.seconds).items():
            theirs.setdefault(key, []).append(pair)
    print("| part | shape | PyTorch forward, backward, ms | ours, ms | PyTorch / ours | composed / ours |")
    print("|:--|:--|--:|--:|--:|--:|")
    for key, pairs in theirs.items():
        forward, backward = (statistics.median(column) * 1e3 for column in zip(*pairs))
        row = f"| {key[0]} | {key[1]} | {forward:.2f}, {backward:.2f} |"
        if key in mine:
            a, b, composed = (statistics.median(column) * 1e3 for column in zip(*mine[key]))
            row += f" {a:.2f}, {b:.2f} | {(forward + backward) / (a + b):.2f} | {composed / (a + b):.2f} |"
        else:
            row += " | | |"
        print(row)


if __name__ == "__main__":
    main()
