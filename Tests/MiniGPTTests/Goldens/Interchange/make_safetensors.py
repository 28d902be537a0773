"""Makes mixed.safetensors and float32.safetensors: files of the reference implementation.

    python make_safetensors.py      # needs torch and safetensors

mixed.safetensors has a tensor of each type with values that are hard to read wrongly by accident;
float32.safetensors is what our writer must reproduce byte by byte.
"""
import pathlib

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
save_file(
    {
        "float32": torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.1 + 1,
        "float16": torch.tensor([1.5, -2, 65504, 2.0**-24, float("inf")], dtype=torch.float16),
        "bfloat16": torch.tensor([1.5, -2, 3.140625, 2.0**-130], dtype=torch.bfloat16),
        "scalar": torch.tensor(42.0),
        "empty": torch.zeros(0, 4),
        "int64": torch.tensor([-1, 2**63 - 1, 7]),
        "int32": torch.tensor([[-(2**31)]], dtype=torch.int32),
        "boolean": torch.tensor([True, False, True]),
        "uint8": torch.tensor([0, 127, 255], dtype=torch.uint8),
    },
    here / "mixed.safetensors",
    metadata={"format": "pt", "note": 'été "quoted"'},
)
generator = torch.Generator().manual_seed(1)
save_file(
    {
        name: torch.randn(shape, generator=generator)
        for name, shape in {"b.weight": (3, 5), "a": (7,), "b.bias": (3,), "A": (), "é": (1, 2)}.items()
    },
    here / "float32.safetensors",
    metadata={"format": "pt"},
)
