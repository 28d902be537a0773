#!/usr/bin/env python3
"""Times generation by llama.cpp or by transformers on this machine's CPU.

    generate.py make --model gpt2 --weights q8_0 model.gguf      random weights in llama.cpp's format
    generate.py llama model.gguf --prompt 64 --tokens 128
    generate.py transformers --model gpt2 --prompt 64 --tokens 128

The last two print one JSON object. The prompt is read in one batch, then one token at a time is
read, the largest logit being the next; speed is that of the median token. Nothing is turned into
text.
"""

import argparse
import ctypes
import json
import os
import statistics
import sys
import time

import numpy

PEERS = os.path.dirname(os.path.abspath(__file__))
MODELS = {
    "gpt2": dict(vocabulary=50257, context=1024, width=768, layers=12, heads=12),
    "course": dict(vocabulary=5000, context=256, width=256, layers=6, heads=8),
}
WEIGHTS = ("f32", "f16", "bf16", "q8_0", "q4_0")


def make(options: argparse.Namespace) -> None:
    """Writes a GPT-2 of random weights; every matrix is of the given type."""
    import gguf

    size = MODELS[options.model]
    kind = gguf.GGMLQuantizationType[options.weights.upper()]
    random = numpy.random.default_rng(1337)
    writer = gguf.GGUFWriter(options.file, "gpt2")
    writer.add_context_length(size["context"])
    writer.add_embedding_length(size["width"])
    writer.add_block_count(size["layers"])
    writer.add_feed_forward_length(4 * size["width"])
    writer.add_head_count(size["heads"])
    writer.add_layer_norm_eps(1e-5)
    writer.add_vocab_size(size["vocabulary"])
    writer.add_tokenizer_model("none")

    def matrix(name: str, rows: int, columns: int) -> None:
        values = random.standard_normal((rows, columns), dtype=numpy.float32) * numpy.float32(0.02)
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    def vector(name: str, value: float, *shape: int) -> None:
        noise = random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(0.02)
        writer.add_tensor(name, noise + numpy.float32(value))

    width = size["width"]
    matrix("token_embd.weight", size["vocabulary"], width)
    vector("position_embd.weight", 0, size["context"], width)
    for layer in range(size["layers"]):
        prefix = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            vector(f"{prefix}{norm}.weight", 1, width)
            vector(f"{prefix}{norm}.bias", 0, width)
        for name, rows, columns in (
            ("attn_qkv", 3 * width, width),
            ("attn_output", width, width),
            ("ffn_up", 4 * width, width),
            ("ffn_down", width, 4 * width),
        ):
            matrix(f"{prefix}{name}.weight", rows, columns)
            vector(f"{prefix}{name}.bias", 0, rows)
    vector("output_norm.weight", 1, width)
    vector("output_norm.bias", 0, width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def prompt_of(options: argparse.Namespace, vocabulary: int) -> list[int]:
    # The same numbers as the prompt of `Throughput generate`.
    return [(7 * position + 1) % vocabulary for position in range(options.prompt)]


def report(prefill: list[float], decode: list[float], options: argparse.Namespace, **more) -> None:
    best, middle = min(prefill), statistics.median(decode)
    print(
        json.dumps(
            {
                "prefillTokensPerSecond": options.prompt / best,
                "decodeTokensPerSecond": 1 / middle,
                "threads": options.threads,
                **more,
            }
        )
    )


def llama(options: argparse.Namespace) -> None:
    import llama_cpp as api

    def silent(level, text, data):
        pass

    callback = api.llama_log_callback(silent)
    api.llama_log_set(callback, ctypes.c_void_p(0))
    api.llama_backend_init()
    model = api.llama_model_load_from_file(
        options.file.encode(), api.llama_model_default_params()
    )
    if not model:
        sys.exit(f"llama.cpp cannot load {options.file}")
    parameters = api.llama_context_default_params()
    parameters.n_ctx = 256
    parameters.n_batch = parameters.n_ubatch = 512
    parameters.n_threads = parameters.n_threads_batch = options.threads
    context = api.llama_init_from_model(model, parameters)
    vocabulary = api.llama_vocab_n_tokens(api.llama_model_get_vocab(model))
    prompt = prompt_of(options, vocabulary)
    batch = api.llama_batch_init(512, 0, 1)

    def read(tokens: list[int], start: int) -> float:
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index == len(tokens) - 1
        begin = time.perf_counter()
        if api.llama_decode(context, batch) != 0:
            sys.exit("llama_decode failed")
        logits = api.llama_get_logits_ith(context, len(tokens) - 1)
        elapsed = time.perf_counter() - begin
        read.values = numpy.ctypeslib.as_array(logits, shape=(vocabulary,))
        return elapsed

    prefill, decode, made = [], [], []
    for _ in range(options.rounds + 1):
        api.llama_memory_clear(api.llama_get_memory(context), True)
        prefill.append(read(prompt, 0))
        made = []
        for position in range(options.prompt, options.prompt + options.tokens):
            made.append(int(read.values.argmax()))
            decode.append(read([made[-1]], position))
    del prefill[0], decode[: options.tokens]
    report(prefill, decode, options, tokens=made, version=api.__version__)


def transformers(options: argparse.Namespace) -> None:
    # A file beside this one has the name of a package that transformers imports.
    sys.path = [path for path in sys.path if os.path.abspath(path) != PEERS]
    import torch
    import transformers as library

    torch.set_num_threads(options.threads)
    size = MODELS[options.model]
    configuration = library.GPT2Config(
        vocab_size=size["vocabulary"],
        n_positions=size["context"],
        n_embd=size["width"],
        n_layer=size["layers"],
        n_head=size["heads"],
        bos_token_id=0,
        eos_token_id=0,
    )
    torch.manual_seed(1337)
    model = library.GPT2LMHeadModel(configuration).eval()
    if options.weights == "bf16":
        model = model.to(torch.bfloat16)
    prompt = torch.tensor([prompt_of(options, size["vocabulary"])])
    prefill, decode = [], []
    with torch.inference_mode():
        for _ in range(options.rounds + 1):
            begin = time.perf_counter()
            output = model(prompt, use_cache=True, logits_to_keep=1)
            prefill.append(time.perf_counter() - begin)
            for _ in range(options.tokens):
                token = output.logits[:, -1:].argmax(-1)
                begin = time.perf_counter()
                output = model(token, past_key_values=output.past_key_values, use_cache=True)
                decode.append(time.perf_counter() - begin)
    del prefill[0], decode[: options.tokens]
    report(prefill, decode, options, version=library.__version__)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Times generation by llama.cpp or transformers.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, action in (("make", make), ("llama", llama), ("transformers", transformers)):
        command = commands.add_parser(name)
        command.set_defaults(action=action)
        if name != "transformers":
            command.add_argument("file")
        if name != "llama":
            command.add_argument("--model", choices=MODELS, default="gpt2")
            command.add_argument("--weights", choices=WEIGHTS, default="f32")
        if name != "make":
            command.add_argument("--prompt", type=int, default=64)
            command.add_argument("--tokens", type=int, default=128)
            command.add_argument("--rounds", type=int, default=3)
            command.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for name in ("prompt", "tokens", "rounds", "threads"):
        if getattr(options, name, 1) < 1:
            parser.error(f"--{name} must be at least 1")
    if getattr(options, "prompt", 1) + getattr(options, "tokens", 1) > 256:
        parser.error("--prompt and --tokens together must be at most 256")
    return options


if __name__ == "__main__":
    chosen = parse()
    chosen.action(chosen)
