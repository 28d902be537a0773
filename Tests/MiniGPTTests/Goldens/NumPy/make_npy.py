#!/usr/bin/env python3
"""Makes the .npy files of this folder with NumPy: `python3 make_npy.py`. Made with NumPy 2.4."""

from pathlib import Path

import numpy

FOLDER = Path(__file__).resolve().parent
values = numpy.arange(6).reshape(2, 3)
for name, array in {
    "f4": (values * 0.5).astype("<f4"), "f8": (values * 0.5).astype("<f8"), "f2": (values * 0.5).astype("<f2"),
    "i4": values.astype("<i4"), "i8": values.astype("<i8"), "u1": values.astype("u1"), "b1": values > 0,
    "fortran": numpy.asfortranarray((values * 0.5).astype("<f4")),
}.items():
    numpy.save(FOLDER / f"{name}.npy", array)
with open(FOLDER / "version2.npy", "wb") as file:
    numpy.lib.format.write_array(file, (values * 0.5).astype("<f4"), version=(2, 0))
