#!/usr/bin/env python3
"""Makes library.safetensors with PyTorch: values and gradients of operations, losses and linear algebra.

Run it (PyTorch, NumPy and safetensors must be installed):

    python3 make_library_goldens.py            writes library.safetensors
    python3 make_library_goldens.py --check    writes nothing; compares a fresh run with the file

Inputs are float32 numbers; results and gradients were computed from them in float64 and rounded once. `dy` is
a random upstream gradient, `d<input>` what follows from it. The versions are in the file's `__metadata__`.
"""

import argparse
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, linalg
from torch.nn import functional

PATH = Path(__file__).resolve().parent / "library.safetensors"
tensors: dict[str, Tensor] = {}


def numbers(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float32).double()


def record(unit: str, function: Callable[..., Tensor], *inputs: Tensor) -> None:
    """Values and gradients of a function of inputs, which are named a, b, …"""
    variables = [value.clone().requires_grad_() for value in inputs]
    y = function(*variables)
    dy = numbers(*y.shape)
    gradients = torch.autograd.grad(y, variables, dy)
    tensors[f"{unit}.y"], tensors[f"{unit}.dy"] = y.detach(), dy
    for name, value, gradient in zip("abc", inputs, gradients):
        tensors[f"{unit}.{name}"], tensors[f"{unit}.d{name}"] = value, gradient


def record_value(unit: str, function: Callable[[Tensor], Tensor], x: Tensor) -> None:
    """Values of a function without a gradient."""
    tensors[f"{unit}.a"], tensors[f"{unit}.y"] = x, function(x)


def functions() -> None:
    x, positive = numbers(5, 7) * 2, numbers(5, 7).abs() + 0.1
    record("rsqrt", torch.rsqrt, positive)
    record("erf", torch.erf, x)
    record("log1p", torch.log1p, positive)
    record("expm1", torch.expm1, x)
    record("softplus", functional.softplus, x * 5)
    record("clip", lambda a: torch.clamp(a, -1, 1.5), x)
    for name, function in [
        ("floor", torch.floor),
        ("ceil", torch.ceil),
        ("round", torch.round),
        ("sign", torch.sign),
    ]:
        record_value(name, function, torch.cat([x.flatten(), torch.tensor([-1.5, -0.5, 0.0, 0.5, 2.5])]))


def reductions() -> None:
    x = numbers(3, 4, 5)
    record("sumAxes", lambda a: a.sum((0, 2)), x)
    record("meanAxes", lambda a: a.mean((0, 1), keepdim=True), x)
    record("maxAxes", lambda a: a.amax((1, 2)), x)
    record("varianceAxes", lambda a: a.var((0, 2)), x)
    record("logSumExpAxes", lambda a: a.logsumexp((0, 2)), x)
    record("std", lambda a: a.std(1), x)
    record("product", lambda a: a.prod(1), x)
    record("cumulativeProduct", lambda a: a.cumprod(1), x)
    with_zeros = x * (x > -0.5)
    record("productOfZeros", lambda a: a.prod(1), with_zeros)
    record("cumulativeProductOfZeros", lambda a: a.cumprod(1), with_zeros)
    record("norm", lambda a: linalg.vector_norm(a, dim=2), x)
    record("norm3", lambda a: linalg.vector_norm(a, ord=3, dim=2), x)
    record("normAxes", lambda a: linalg.matrix_norm(a), x)
    record("sorted", lambda a: a.sort(1).values, x)
    record_value("argSort", lambda a: a.argsort(1), x)
    record_value("argMin", lambda a: a.argmin(1), x)
    record_value("any", lambda a: (a > 1).any(1).double(), x)
    record_value("all", lambda a: (a > -1).all(1).double(), x)


def rearranging() -> None:
    x, values = numbers(4, 5), numbers(4, 3)
    # No place twice, since PyTorch does not say which value of several counts.
    places = torch.tensor([[0, 2, 4], [3, 1, 0], [4, 3, 2], [1, 0, 3]])
    again = torch.tensor([[0, 2, 0], [3, 3, 3], [4, 3, 2], [1, 1, 0]])
    tensors["places"], tensors["again"] = places, again
    record("putAlong", lambda a, b: a.scatter(1, places, b), x, values)
    record("addAlong", lambda a, b: a.scatter_add(1, again, b), x, values)
    record("takeAlong", lambda a: a.gather(1, again), x)
    record("take", lambda a: a[:, again], x)
    record("tril", lambda a: torch.tril(a, -1), x)
    record("triu", lambda a: torch.triu(a, 1), x)
    record("padded", lambda a: functional.pad(a, (1, 2, 0, 3), value=0.5), x)
    record("rolled", lambda a: a.roll(2, 1), x)
    record("flipped", lambda a: a.flip(0), x)
    record("repeated", lambda a: a.repeat_interleave(3, 1), x)
    record("tiled", lambda a: a.tile(2, 3), x)
    record("diagonal", lambda a: a.diagonal(1), x)
    record("outer", torch.outer, numbers(4), numbers(3))
    record(
        "einsum", lambda a, b: torch.einsum("bhqd,bhkd->bqhk", a, b), numbers(2, 3, 4, 5), numbers(2, 3, 6, 5)
    )
    record(
        "einsumOfThree",
        lambda a, b, c: torch.einsum("ij,j,jk->k", a, b, c),
        numbers(4, 3),
        numbers(3),
        numbers(3, 5),
    )


def losses() -> None:
    for reduction in ["mean", "sum", "none"]:
        x, target = numbers(4, 6) * 2, numbers(4, 6)
        record(f"mse.{reduction}", lambda a, b: functional.mse_loss(a, b, reduction=reduction), x, target)
        record(f"l1.{reduction}", lambda a, b: functional.l1_loss(a, b, reduction=reduction), x, target)
        record(
            f"huber.{reduction}",
            lambda a, b: functional.huber_loss(a, b, delta=0.7, reduction=reduction),
            x,
            target,
        )
        record(
            f"binaryCrossEntropy.{reduction}",
            lambda a, b: functional.binary_cross_entropy_with_logits(a, b, reduction=reduction),
            x * 4,
            target.sigmoid(),
        )
        log_probabilities = x.log_softmax(-1)
        probabilities = target.softmax(-1)
        probabilities[0, 0] = 0
        record(
            f"klDivergence.{reduction}",
            lambda a: (
                functional.kl_div(a, probabilities, reduction="none").sum(-1)
                if reduction == "none"
                else functional.kl_div(
                    a, probabilities, reduction="batchmean" if reduction == "mean" else "sum"
                )
            ),
            log_probabilities,
        )
        tensors[f"klDivergence.{reduction}.targets"] = probabilities
        labels, weights = torch.tensor([1, 5, -1, 0]), torch.tensor([1, 2, 0.5, 0.25, 3, 1.5]).double()
        tensors["labels"], tensors["classWeights"] = labels, weights
        for name, arguments in {
            "plain": {},
            "weights": {"weight": weights},
            "smoothing": {"label_smoothing": 0.1},
            "both": {"weight": weights, "label_smoothing": 0.3},
        }.items():
            record(
                f"crossEntropy.{name}.{reduction}",
                lambda a: functional.cross_entropy(
                    a, labels, ignore_index=-1, reduction=reduction, **arguments
                ),
                x,
            )


def linear_algebra() -> None:
    def spread(rows: int, columns: int) -> Tensor:
        return torch.diag(torch.arange(2.0, 2.0 + 3 * max(rows, columns), 3))[:rows, :columns].double()

    a = (numbers(2, 4, 4) * 0.5 + spread(4, 4)).float().double()
    record("solve", linalg.solve, a, numbers(2, 4, 3))
    record("inverse", linalg.inv, a)
    record("determinant", linalg.det, a)
    record("solveLower", lambda a, b: linalg.solve_triangular(a.tril(), b, upper=False), a, numbers(2, 4, 3))
    record("solveUpper", lambda a, b: linalg.solve_triangular(a.triu(), b, upper=True), a, numbers(2, 4, 3))
    definite = (a @ a.mT + torch.eye(4)).float().double()
    record("cholesky", linalg.cholesky, definite)
    record("leastSquares", lambda a, b: linalg.lstsq(a, b).solution, numbers(2, 6, 3), numbers(2, 6, 2))
    for rows, columns in [(5, 3), (3, 3), (3, 5)]:
        name = f"{rows}x{columns}"
        matrix = (numbers(rows, columns) * 0.5 + spread(rows, columns)).float().double()
        record(f"qr.{name}", positive_qr, matrix)
        record(f"svd.values.{name}", linalg.svdvals, matrix)
        record(f"svd.vectors.{name}", singular_vectors, matrix)
    record("symmetricEigen", eigen, a[0])


def joined(*parts: Tensor) -> Tensor:
    return torch.cat([part.flatten() for part in parts])


def positive_qr(a: Tensor) -> Tensor:
    """The factors whose r has a positive diagonal."""
    q, r = linalg.qr(a)
    signs = r.diagonal().sign()
    return joined(q * signs, r * signs[:, None])


def singular_vectors(a: Tensor) -> Tensor:
    """Absolute values, which do not depend on signs."""
    u, _, v = linalg.svd(a, full_matrices=False)
    return joined(u.abs(), v.abs())


def eigen(a: Tensor) -> Tensor:
    values, vectors = linalg.eigh(a + a.mT)
    return joined(values, vectors.abs())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the file")
    arguments = parser.parse_args()
    torch.manual_seed(19)
    for part in [functions, reductions, rearranging, losses, linear_algebra]:
        part()
    # Whole numbers have 32 bits, all others are float32; scalars have the shape [1].
    rounded = {
        name: (value.to(torch.float32 if value.is_floating_point() else torch.int32))
        .contiguous()
        .reshape(value.shape or (1,))
        .clone()
        for name, value in tensors.items()
    }
    if arguments.check:
        committed = safetensors.torch.load_file(PATH)
        assert committed.keys() == rounded.keys(), "the keys differ"
        for name, value in rounded.items():
            torch.testing.assert_close(value, committed[name], rtol=1e-5, atol=1e-6, msg=name)
        print(f"{len(rounded)} tensors agree")
        return 0
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "safetensors": safetensors.__version__,
    }
    safetensors.torch.save_file(rounded, PATH, metadata=versions)
    print(f"{PATH.name}: {len(rounded)} tensors, {PATH.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
