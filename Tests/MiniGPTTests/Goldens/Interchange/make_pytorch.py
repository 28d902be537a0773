"""Makes pytorch.bin, pytorch-protocol-4.bin and pytorch-before-1.6.bin: a state_dict by torch.save.

    python make_pytorch.py      # needs torch

The same tensors in all: every type, views that share numbers, a transposed one, a scalar, one
without numbers, a Parameter, and the _metadata that state_dict() hangs onto its result. Of the last
the bytes differ from run to run: it names storages by their addresses.
"""
import collections
import pathlib

import torch

here = pathlib.Path(__file__).parent
matrix = torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.1 + 1
state = collections.OrderedDict(
    {
        "matrix": matrix,
        "transposed": matrix.T,
        "second row": matrix[1],
        "every second": torch.arange(12, dtype=torch.float32).reshape(2, 2, 3)[:, :, ::2],
        "parameter": torch.nn.Parameter(torch.tensor([-1.0, 2.0])),
        "float16": torch.tensor([1.5, -2, 65504, 2.0**-24, float("inf")], dtype=torch.float16),
        "bfloat16": torch.tensor([1.5, -2, 3.140625, 2.0**-130], dtype=torch.bfloat16),
        "float64": torch.tensor([0.1, 1e300, 2.0**-149], dtype=torch.float64),
        "scalar": torch.tensor(42.0),
        "empty": torch.zeros(0, 4),
        "int64": torch.tensor([-1, 2**63 - 1, 7]),
        "float8": torch.ones(2, 3).to(torch.float8_e4m3fn),
        "uint16": torch.tensor([65535], dtype=torch.uint16),
        "bool": torch.tensor([[True, False]]),
    }
)
state._metadata = collections.OrderedDict({"": {"version": 1}, "layer": {"version": 2}})
torch.save(state, here / "pytorch.bin")
torch.save(state, here / "pytorch-protocol-4.bin", pickle_protocol=4)
torch.save(state, here / "pytorch-before-1.6.bin", _use_new_zipfile_serialization=False)
