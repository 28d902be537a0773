"""Makes safetensors-verdicts.json: files, and whether the reference implementation opens them.

    python make_safetensors_verdicts.py      # needs safetensors

The files are those of the reference's own tests (safetensors/src/tensor.rs, bindings/python/tests),
its folder `attacks`, and others of the same kinds. Of a file that it opens the list of tensors is
there too: name, type and shape. Long headers are written as pieces with how often each is repeated.
"""
import json
import pathlib
import struct

from safetensors import __version__, deserialize

here = pathlib.Path(__file__).parent
cases = []


def add(name, header, data=0, length=None):
    """A header of pieces, each a text or [text, times], and so many zero bytes of numbers."""
    pieces = header if isinstance(header, list) else [header]
    pieces = [p if isinstance(p, list) else [p, 1] for p in pieces]
    raw = b"".join(text.encode("latin-1") * times for text, times in pieces)
    size = len(raw) if length is None else length
    try:
        opened = deserialize(struct.pack("<Q", size) + raw + bytes(data))
        tensors = sorted([n, t["dtype"], list(t["shape"])] for n, t in opened)
    except Exception as error:
        tensors, reason = None, str(error)
    case = {"name": name, "header": pieces, "data": data, "length": str(size), "tensors": tensors}
    if tensors is None:
        case["reason"] = reason[:60]
    cases.append(case)


def one(shape, offsets, dtype='"F32"', more="", name="test"):
    return f'{{"{name}":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{more}}}}}'


# The reference's tests.
add("test_deserialization", one("[2,2]", "[0,16]", '"I32"'), 16)
add("test_empty_shapes_allowed", one("[]", "[0,4]", '"I32"'), 4)
add("test_metadata_incomplete_buffer, more", one("[2,2]", "[0,16]", '"I32"'), 50)
add("test_metadata_incomplete_buffer, less", one("[2,2]", "[0,16]", '"I32"'), 14)
add("test_header_too_large", one("[2,2]", "[0,16]", '"I32"'), 16, 0xFFFFFF000000003C)
add("test_header_too_small", "", 0, 0)
add("test_invalid_header_length", "", 0, 60)
add("test_invalid_header_non_utf8", "\xff")
add("test_invalid_header_not_json", "{")
add("test_whitespace_padded_header", "{}\r \t\n")
add("test_whitespace_start_padded_header", "\t\n{}\r ")
add("test_zero_sized_tensor", one("[2,0]", "[0, 0]", '"I32"'))
add("test_invalid_info", one("[2,2]", "[0, 4]", '"I32"'), 4)
add("test_validation_overflow, product", one("[2,18446744073709551614]", "[0,16]", '"I32"'), 16)
add("test_validation_overflow, size", one("[2,9223372036854775807]", "[0,16]", '"I32"'), 16)
add("test_json_attack", ["{"] + [
    f'"weight_{i}":{{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}},' for i in range(9)
] + ['"weight_9":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'], 16)
add("test_serialization_fp4", one("[1,2]", "[0,1]", '"F4"'), 1)
add("test_serialization_fp4_misaligned", one("[1,3]", "[0,2]", '"F4"'), 2)
add("test_empty", "{}")
add("test_empty, metadata", '{"__metadata__":{"framework":"pt"}}')

# Its attacks.
add("safetensors_abuse_attempt_1", one("[2,2]", "[0,16]"), 16, 1000)
add("safetensors_abuse_attempt_2 and 3", ["{"] + [
    [f'"w{i}":{{"dtype":"F32","shape":[200,200],"data_offsets":[0,160000]}},', 1] for i in range(20)
] + ['"w":{"dtype":"F32","shape":[200,200],"data_offsets":[0,160000]}}'], 160000)

# Types, sizes, ranks.
for dtype, bits in {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}.items():
    add(f"type {dtype}", one("[4,2]", f"[0,{bits}]", f'"{dtype}"'), bits)
for dtype in ["F3", "f32", "", "F128", "Q8_0", "C128", "U4"]:
    add(f"type {dtype!r}", one("[1]", "[0,4]", f'"{dtype}"'), 4)
add("type that is no text", one("[1]", "[0,4]", "1"), 4)
add("three numbers of six bits", one("[3]", "[0,2]", '"F6_E2M3"'), 2)
for rank in [1, 6, 7, 8, 12]:
    add(f"rank {rank}", one("[" + ",".join(["1"] * rank) + "]", "[0,4]"), 4)
add("product wraps to 1", one("[4294967297,4294967295,1]", "[0,4]"), 4)
add("product wraps to 0", one("[4294967296,4294967296]", "[0,0]"))
add("an extent of 0 after an overflow", one("[9223372036854775807,4,0]", "[0,0]"))
add("negative extent", one("[-1]", "[0,4]"), 4)
add("extent with a point", one("[1.0]", "[0,4]"), 4)
add("extent 2^64", one("[18446744073709551616]", "[0,4]"), 4)

# Offsets.
add("offsets the wrong way", one("[1]", "[4,0]"), 4)
add("one offset", one("[1]", "[4]"), 4)
add("three offsets", one("[1]", "[0,4,8]"), 4)
add("a hole in front", one("[1]", "[4,8]"), 8)
add("beyond the end", one("[2]", "[0,8]"), 4)
pair = '{{"a":{{"dtype":"F32","shape":[1],"data_offsets":{}}},"b":{{"dtype":"F32","shape":[1],"data_offsets":{}}}}}'
add("two tensors", pair.format("[0,4]", "[4,8]"), 8)
add("two tensors, the second first", pair.format("[4,8]", "[0,4]"), 8)
add("overlapping", pair.format("[0,4]", "[0,4]"), 4)
add("a hole between", pair.format("[0,4]", "[8,12]"), 12)
add("two without numbers at one place", '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')

# Members.
add("further member", one("[1]", "[0,4]", more=',"note":{"a":[1,null]}'), 4)
add("type twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4)
add("no type", '{"a":{"shape":[1],"data_offsets":[0,4]}}', 4)
add("no shape", '{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4)
add("no offsets", '{"a":{"dtype":"F32","shape":[1]}}', 4)
add("tensor that is null", '{"a":null}')
add("metadata null", '{"__metadata__":null}')
add("metadata with a number", '{"__metadata__":{"a":1}}')
add("metadata that is a text", '{"__metadata__":"a"}')
add("name with escapes", one("[1]", "[0,4]", name="\\u00e9\\n\\\""), 4)
add("name of half a character", one("[1]", "[0,4]", name="\\ud800"), 4)
add("name without letters", one("[1]", "[0,4]", name=""), 4)
add("name of 300 bytes", one("[1]", "[0,4]", name="n" * 300), 4)
add("control character in a name", one("[1]", "[0,4]", name="\n"), 4)

# Texts.
add("an array", "[]")
add("two objects", "{}{}")
add("a zero byte after the object", "{}\0")
add("a form feed after the object", "{}\f")
add("a byte order mark", "\xef\xbb\xbf{}")
add("a comma at the end", '{"__metadata__":{},}')
add("a comment", "{}//")
add("a header of 9 MB", ["{", [" ", 9_000_000], "}"])
add("a header of 100 MB", ["{", [" ", 99_999_998], "}"])
add("a header of 100 MB and a byte", ["{", [" ", 99_999_999], "}"])

lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
(here / "safetensors-verdicts.json").write_text(
    f'{{"safetensors":"{__version__}","cases":[\n{lines}\n]}}\n'
)
print(len(cases), "files,", sum(c["tensors"] is not None for c in cases), "opened")
