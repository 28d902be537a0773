#!/usr/bin/env python3
"""Derives the polynomial coefficients in Sources/CMiniKernels/*_math.h.

Each fit is a weighted minimax (Remez exchange) in 60-digit arithmetic. The coefficients are then
rounded one at a time, lowest order first, and the ones that are still free are fitted again, so
that the rounding of one coefficient is absorbed by the others.

    python3 fit_polynomials.py        # needs mpmath and numpy; prints every table and its error
"""

import mpmath as mp
import numpy as np

mp.mp.dps = 60


def remez(function, weight, powers, low, high, rounds=12):
    """Coefficients c minimising max |weight·(Σ c_k·x^powers[k] − function)| on [low, high]."""
    count = len(powers)
    low, high = mp.mpf(low), mp.mpf(high)
    nodes = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * k / count) for k in range(count + 1)
    ]
    grid = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / 600)
        for k in range(600)
    ]
    samples = [(x, function(x), weight(x)) for x in grid]
    best = None
    for _ in range(rounds):
        matrix, right = mp.matrix(count + 1), mp.matrix(count + 1, 1)
        for row, x in enumerate(nodes):
            w = weight(x)
            for column, power in enumerate(powers):
                matrix[row, column] = w * x**power
            matrix[row, count] = (-1) ** row
            right[row] = w * function(x)
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[k] for k in range(count)]
        errors = [
            w * (sum(c * x**p for c, p in zip(coefficients, powers)) - f) for x, f, w in samples
        ]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[1]:
            best = (coefficients, worst)
        # The new nodes: the largest error of every run of one sign.
        extrema, start = [], 0
        for k in range(1, len(errors) + 1):
            if k == len(errors) or (errors[k] > 0) != (errors[start] > 0):
                extrema.append(max(range(start, k), key=lambda j: abs(errors[j])))
                start = k
        while len(extrema) > count + 1:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count + 1:
            break
        nodes = [grid[k] for k in extrema]
    return best


def fit(name, function, weight, powers, low, high, kind=np.float32):
    """Fits, rounds to `kind`, prints the coefficients (lowest order first) and the final error."""
    ideal_coefficients, ideal = remez(function, weight, powers, low, high)
    grid = [low + (high - low) * mp.mpf(k) / 1000 for k in range(1001)]
    samples = [(x, function(x), weight(x)) for x in grid]

    def error(pairs):
        return max(
            abs(w * (sum(mp.mpf(float(c)) * x**p for c, p in pairs) - f)) for x, f, w in samples
        )

    candidates = [[(kind(c), p) for c, p in zip(ideal_coefficients, powers)]]
    # Or: round the lowest orders one by one, each time fitting the rest again.
    fixed = []
    for count in range(1, len(powers)):
        def rest(x, fixed=tuple(fixed)):
            return function(x) - sum(mp.mpf(float(c)) * x**p for c, p in fixed)

        free = powers[len(fixed):]
        coefficients, _ = remez(rest, weight, free, low, high)
        candidates.append(fixed + [(kind(c), p) for c, p in zip(coefficients, free)])
        fixed = fixed + [(kind(coefficients[0]), free[0])]
    fixed = min(candidates, key=error)
    worst = error(fixed)
    digits = 9 if kind is np.float32 else 17
    suffix = "f" if kind is np.float32 else ""
    print(f"// {name}: error 2^{mp.nstr(mp.log(worst, 2), 4)} (ideal 2^{mp.nstr(mp.log(ideal, 2), 4)})")
    for coefficient, power in fixed:
        print(f"//   x^{power}: {float(coefficient):.{digits}g}{suffix}")
    return fixed


def exponential():
    half = mp.log(2) / 2
    q = lambda r: (mp.expm1(r) - r) / r**2 if abs(r) > 1e-9 else mp.mpf(1) / 2 + r / 6
    fit("exp(r) = 1 + r + r²·q(r)", q, lambda r: r**2 / mp.exp(r), [0, 1, 2, 3, 4], -half, half)


def logarithm():
    low, high = mp.sqrt(2) / 2 - 1, mp.sqrt(2) - 1
    p = lambda f: (
        (mp.log1p(f) - f + f**2 / 2) / f**3 if abs(f) > 1e-9 else mp.mpf(1) / 3 - f / 4
    )
    weight = lambda f: f**3 / mp.log1p(f) if f != 0 else mp.mpf(0)
    fit("log(1 + f) = f − f²/2 + f³·p(f)", p, weight, list(range(9)), low, high)


def sine_and_cosine():
    quarter = mp.pi / 4
    s = lambda u: (mp.sin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u if u > 1e-12 else -mp.mpf(1) / 6 + u / 120
    fit("sin(r) = r + r³·s(r²)", s, lambda u: u, [0, 1, 2], mp.mpf(0), quarter**2)
    c = lambda u: (
        (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u**2 if u > 1e-12 else mp.mpf(1) / 24 - u / 720
    )
    fit("cos(r) = 1 − r²/2 + r⁴·c(r²)", c, lambda u: u**2, [0, 1, 2], mp.mpf(0), quarter**2)


def fit_ratio(name, function, weight, points, numerator, denominator, fixed=None, rounds=40):
    """p(a)/q(a) ≈ function(a) at the points, minimising the largest |weight·error|.

    Weighted least squares on (p − f·q)/q, the weights corrected towards equal errors (Lawson).
    `fixed` is the wanted value of p(0)/q(0), if any. A common factor of p and q is free: the one
    whose coefficients do best when rounded to float is taken.
    """
    values = [function(a) for a in points]
    importance = [weight(a) for a in points]
    count, first = len(points), 0 if fixed is None else 1
    base = mp.mpf(0) if fixed is None else mp.mpf(fixed)
    weights, divisors, best = [mp.mpf(1)] * count, [mp.mpf(1)] * count, None
    for step in range(rounds):
        rows = []
        for a, f, w, divisor in zip(points, values, importance, divisors):
            scale = w / divisor
            row = [a**k * scale for k in range(first, numerator + 1)]
            row += [-f * a**k * scale for k in range(1, denominator + 1)]
            rows.append((row, (f - base) * scale))
        size = len(rows[0][0])
        normal, right = mp.zeros(size, size), mp.zeros(size, 1)
        for i in range(size):
            right[i] = mp.fsum(w * row[i] * y for w, (row, y) in zip(weights, rows))
            for j in range(size):
                normal[i, j] = mp.fsum(w * row[i] * row[j] for w, (row, _) in zip(weights, rows))
        solution = list(mp.lu_solve(normal, right))
        p = ([base] if first else []) + solution[: numerator + 1 - first]
        q = [mp.mpf(1)] + solution[numerator + 1 - first :]
        divisors = [mp.polyval(q[::-1], a) for a in points]
        errors = [
            abs(w * (mp.polyval(p[::-1], a) / d - f))
            for a, d, f, w in zip(points, divisors, values, importance)
        ]
        worst = max(errors)
        if best is None or worst < best[0]:
            best = (worst, p, q)
        if step > 3:
            weights = [w * (e / worst + mp.mpf("1e-3")) for w, e in zip(weights, errors)]
            total = sum(weights)
            weights = [w * count / total for w in weights]

    ideal, p, q = best
    a, f, w = (np.array([float(x) for x in column]) for column in (points, values, importance))
    found = None
    for scale in np.linspace(1, 2, 4001):
        scale = float(np.float32(scale))
        rounded = [[float(np.float32(float(c) * scale)) for c in side] for side in (p, q)]
        ratio = np.polyval(rounded[0][::-1], a) / np.polyval(rounded[1][::-1], a)
        error = np.max(np.abs(w * (ratio - f)))
        if found is None or error < found[0]:
            found = (error, rounded)
    print(f"// {name}: error 2^{np.log2(found[0]):.4} (ideal 2^{mp.nstr(mp.log(ideal, 2), 4)})")
    for letter, coefficients in zip("pq", found[1]):
        for power, coefficient in enumerate(coefficients):
            print(f"//   {letter} a^{power}: {coefficient:.9g}f")


def normal_distribution():
    """Φ(−a)·exp(a²/2) and what it lacks to its limit, and Φ near 0."""
    scaled_tail = lambda a: mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2
    limit = 1 / mp.sqrt(2 * mp.pi)
    count, top = 400, mp.mpf("13.3")
    angles = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / (2 * count)) for k in range(count)]
    fit_ratio(
        "Φ(−a)·exp(a²/2) = p(a)/q(a) on [0, 13.3]",
        scaled_tail,
        lambda a: 1 / scaled_tail(a),
        [top * (1 - c) for c in angles],
        4,
        5,
        fixed=0.5,
    )
    rest = lambda a: 1 - a * scaled_tail(a) / limit
    angles = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count) for k in range(count)]
    fit_ratio(
        "a·Φ(−a)·exp(a²/2) = (1 − p(a)/q(a))/√(2π) on [1, 13.3]",
        rest,
        lambda a: 1 / (1 - rest(a)),
        [2 / ((1 + 1 / top) + (1 - 1 / top) * c) for c in angles],
        3,
        5,
    )
    centre = lambda s: (
        mp.erf(mp.sqrt(s / 2)) / 2 / mp.sqrt(s) if s > 1e-30 else limit
    )
    fit(
        "Φ(a) − ½ = a·c(a²) on [0, 1]",
        centre,
        lambda s: 1 / centre(s),
        [0, 1, 2, 3, 4, 5],
        mp.mpf(0),
        mp.mpf(1),
    )


def base_two():
    """For a^b, in double: log2 m = s·l(s²) with s = (m − 1)/(m + 1), and 2^f."""
    top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
    l = lambda u: (
        2 * mp.atanh(mp.sqrt(u)) / mp.sqrt(u) / mp.log(2) if u > 1e-30 else 2 / mp.log(2)
    )
    fit("log2 m = s·l(s²)", l, lambda u: 1 / l(u), list(range(8)), mp.mpf(0), top, np.float64)
    e = lambda f: (mp.expm1(f * mp.log(2))) / f if abs(f) > 1e-30 else mp.log(2)
    half = mp.mpf(1) / 2
    fit("2^f = 1 + f·e(f)", e, lambda f: f / 2**f, list(range(8)), -half, half, np.float64)


if __name__ == "__main__":
    exponential()
    logarithm()
    sine_and_cosine()
    normal_distribution()
    base_two()
