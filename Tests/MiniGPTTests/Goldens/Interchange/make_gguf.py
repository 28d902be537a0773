"""Makes gpt2-q8_0.gguf and mixed.gguf with the gguf package that llama.cpp publishes.

    python make_gguf.py      # needs gguf, safetensors, torch; run make_gpt2.py before

gpt2-q8_0.gguf holds the model of gpt2/ the way llama.cpp's converter stores it: matrices as Q8_0,
positions, norms and biases as F32. mixed.gguf has a value of every type and a tensor of every type
we read, plus one we do not.
"""
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import load_file

here = pathlib.Path(__file__).parent
weights = load_file(here / "gpt2" / "model.safetensors")

writer = gguf.GGUFWriter(here / "gpt2-q8_0.gguf", "gpt2")
writer.add_name("tiny")
writer.add_block_count(2)
writer.add_context_length(24)
writer.add_embedding_length(32)
writer.add_feed_forward_length(4 * 32)
writer.add_head_count(4)
writer.add_layer_norm_eps(1e-5)
writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("gpt-2")
tokens = [f"t{i}" for i in range(95)] + ["é", "<|end|>"]
writer.add_token_list(tokens)
writer.add_token_types([gguf.TokenType.NORMAL] * 96 + [gguf.TokenType.CONTROL])
writer.add_token_merges(["t 1", "t 2"])
writer.add_eos_token_id(96)
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, 2)
for name, value in weights.items():
    ours = names.get_name(name, try_suffixes=(".weight", ".bias"))
    if name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        value = np.ascontiguousarray(value.T)
    if value.ndim == 2 and ours != "position_embd.weight":
        data = gguf.quants.quantize(value, Type.Q8_0)
        writer.add_tensor(ours, data, raw_dtype=Type.Q8_0)
    else:
        writer.add_tensor(ours, value)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

writer = gguf.GGUFWriter(here / "mixed.gguf", "mixed")
writer.add_custom_alignment(64)
writer.add_uint8("u8", 255)
writer.add_int8("i8", -128)
writer.add_uint16("u16", 65535)
writer.add_int16("i16", -32768)
writer.add_uint32("u32", 2**32 - 1)
writer.add_int32("i32", -(2**31))
writer.add_uint64("u64", 2**64 - 1)
writer.add_int64("i64", -(2**63))
writer.add_float32("f32", 1.5)
writer.add_float64("f64", -0.1)
writer.add_bool("yes", True)
writer.add_string("text", "été")
writer.add_array("numbers", [3, -4, 5])
writer.add_array("texts", ["a", "", "ß"])
rows = (np.arange(96, dtype=np.float32).reshape(3, 32) - 40) / 7
writer.add_tensor("float32", rows)
writer.add_tensor("float16", rows.astype(np.float16))
for name, type in [("bfloat16", Type.BF16), ("q8_0", Type.Q8_0), ("q4_0", Type.Q4_0)]:
    writer.add_tensor(name, gguf.quants.quantize(rows, type), raw_dtype=type)
writer.add_tensor("cube", rows.reshape(2, 3, 16))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
