#!/usr/bin/env python3
"""Writes Resources/digits.txt from the data set that scikit-learn carries.

    pip install scikit-learn && python3 make_digits.py

1,797 handwritten digits of 43 writers, 8 × 8 pixels of 17 grey levels: E. Alpaydin and C. Kaynak, "Optical
recognition of handwritten digits" (1998), UCI Machine Learning Repository, CC BY 4.0. A line holds the
digit, then a letter for each pixel, row by row: `a` is white, `q` is black.
"""

from pathlib import Path

from sklearn.datasets import load_digits

digits = load_digits()
lines = (
    f"{label}{''.join(chr(ord('a') + int(level)) for level in image)}\n"
    for label, image in zip(digits.target, digits.data)
)
(Path(__file__).parent / "Resources" / "digits.txt").write_text("".join(lines))
