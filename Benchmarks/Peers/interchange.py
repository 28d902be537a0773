"""Side by side: one model here, in transformers and in llama.cpp.

    python interchange.py --check PATH/InterchangeCheck --text corpus.txt
    python interchange.py --check PATH/InterchangeCheck --model DIRECTORY
    python interchange.py --check PATH/InterchangeCheck --random

With --text, a byte-level BPE and a model of the course's size are trained here for some steps; with
--model, a directory in Hugging Face's layout is taken as it is; with --random, a GPT-2 of 124 million
random parameters is made in transformers. Then

  1. the model is read here: its logits must be within 1e-4 of those of transformers;
  2. it is written again: every byte of the weights must be the same as transformers writes, and
     transformers must open the directory and give the same logits and the same greedy tokens;
  3. it is written as GGUF: llama.cpp must give the same greedy tokens, its cache in singles, and the
     same tokens for a text; gguf-py must read every tensor as it was written, Q8_0 included;
  4. llama.cpp writes it as F16 and Q8_0, and gguf-py as F32: all are read here;
  5. half precision: every number here must be the one torch rounds to.

When the context is full, every program is asked again with the newer half, as ours does. Needs torch,
transformers and tokenizers; gguf and llama-cpp-python for the steps with GGUF, which are left out
without.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

# The folder of this script holds a tokenizers.py, which is not the package.
sys.path = [path for path in sys.path if pathlib.Path(path or ".").resolve() !=
            pathlib.Path(__file__).resolve().parent]

import numpy
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, GenerationConfig, GPT2Config, GPT2LMHeadModel

failures = []


def report(name, is_good, detail):
    print(f"{'ok  ' if is_good else 'FAIL'} {name}: {detail}", flush=True)
    if not is_good:
        failures.append(name)


def add_filler_tokenizer(directory, size):
    """llama.cpp wants a vocabulary; one without merges serves for ids."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = alphabet + [f"t{number}" for number in range(len(alphabet), size - 1)]
    tokenizer = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate(words)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(directory / "tokenizer.json"))


def greedy(logits, ids, context, count):
    """The tokens a program continues with, and the smallest distance of a best from a second."""
    window, found, margin = list(ids)[-context:], [], float("inf")
    for _ in range(count):
        scores = logits(window)
        first, second = numpy.partition(scores, -2)[[-1, -2]]
        margin = min(margin, float(first - second))
        found.append(int(scores.argmax()))
        window.append(found[-1])
        if len(window) > context:
            # The older half makes room.
            window = window[context // 2:]
    return found, margin


def compare(name, ours, theirs, margin):
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), len(ours))
    report(name, same == len(ours) == len(theirs),
           f"{same} of {len(ours)} the same (the closest choice was {margin:.1e} apart)")


class Side:
    """The comparisons of one model."""

    def __init__(self, check, work, arguments):
        self.tool, self.work, self.count = check, work, arguments.tokens
        self.source, self.text = work / "source", arguments.text
        if arguments.random:
            torch.manual_seed(1)
            GPT2LMHeadModel(GPT2Config()).save_pretrained(self.source)
        elif arguments.model:
            shutil.copytree(arguments.model, self.source)
        else:
            self.check("train", self.text, self.source, arguments.steps)
        self.model = GPT2LMHeadModel.from_pretrained(self.source, dtype=torch.float32).eval()
        self.context = self.model.config.n_positions
        self.size = self.model.config.vocab_size
        length = min(24, self.context // 2)
        self.prompt = [(7 * number + 3) % self.size for number in range(length)]
        self.words = ",".join(map(str, self.prompt))

    def check(self, *words, raw=False):
        result = subprocess.run([self.tool, *map(str, words)], check=True, stdout=subprocess.PIPE)
        return result.stdout if raw else result.stdout.decode().strip()

    def logits(self, place):
        numbers = numpy.frombuffer(self.check("logits", place, self.words, raw=True), dtype="<f4")
        return numbers.reshape(len(self.prompt), self.size)

    def close(self, name, found, expected, bound):
        difference = float(abs(found - expected).max())
        report(name, difference < bound,
               f"largest difference {difference:.1e} of {abs(expected).max():.1f}")

    @staticmethod
    def run(model):
        def logits(ids):
            with torch.no_grad():
                return model(torch.tensor([ids])).logits[0, -1].numpy()
        return logits

    def all_logits(self, model):
        with torch.no_grad():
            return model(torch.tensor([self.prompt])).logits[0].numpy()

    # Hugging Face

    def transformers(self):
        self.expected = self.all_logits(self.model)
        self.close("transformers → here, logits", self.logits(self.source), self.expected, 1e-4)
        saved, copy = self.work / "saved", self.work / "copy"
        self.model.save_pretrained(saved)
        self.check("convert", self.source, copy)
        name = "model.safetensors"
        same = (saved / name).read_bytes() == (copy / name).read_bytes()
        report("here → transformers, file of the weights", same,
               f"every one of {(copy / name).stat().st_size} bytes" if same else "bytes differ")
        again = GPT2LMHeadModel.from_pretrained(copy, dtype=torch.float32).eval()
        report("here → transformers, logits", bool((self.all_logits(again) == self.expected).all()),
               "bit by bit")
        defaults = GenerationConfig.from_pretrained(copy)
        report("here → transformers, generation defaults",
               defaults.eos_token_id == again.config.eos_token_id,
               f"end of text is {defaults.eos_token_id}")
        self.ours = [int(token) for token in
                     self.check("greedy", copy, self.count, self.words).split(",")]
        theirs, margin = greedy(self.run(again), self.prompt, self.context, self.count)
        compare("transformers, greedy tokens", self.ours, theirs, margin)
        if self.text:
            here = [int(token) for token in self.check("tokens", copy, self.text).split(",")]
            words = AutoTokenizer.from_pretrained(copy)
            text = pathlib.Path(self.text).read_text(encoding="utf-8")
            there = words(text)["input_ids"]
            report("transformers, tokens of the text", here == there, f"{len(there)} tokens")
            self.tokens = here
        for format, dtype in [("float16", torch.float16), ("bfloat16", torch.bfloat16)]:
            half = self.work / format
            self.check("convert", self.source, half, format)
            found = load_file(half / name)
            wanted = {key: value.to(dtype) for key, value in load_file(saved / name).items()}
            same = found.keys() == wanted.keys() and all(
                found[key].dtype == dtype and torch.equal(found[key], wanted[key])
                for key in wanted)
            report(f"here → torch, {format}", same, f"{len(wanted)} tensors as torch rounds them")
            shutil.rmtree(half)

    # GGUF

    def gguf(self):
        import gguf

        if not (self.source / "tokenizer.json").exists():
            add_filler_tokenizer(self.source, self.size)
        self.file = self.work / "model.gguf"
        self.check("convert", self.source, self.file)
        state = {key.removeprefix("transformer."): value
                 for key, value in load_file(self.source / "model.safetensors").items()}
        for format in ["float32", "q8_0"]:
            path = self.work / f"{format}.gguf"
            self.check("convert", self.source, path, format)
            tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
            wrong = []
            for name, weight in self.gguf_tensors(state):
                tensor = tensors.pop(name, None)
                if tensor is None:
                    wrong.append(name)
                    continue
                expected = weight
                if tensor.tensor_type == gguf.GGMLQuantizationType.Q8_0:
                    expected = gguf.quants.quantize(weight, gguf.GGMLQuantizationType.Q8_0)
                if not numpy.array_equal(numpy.asarray(tensor.data).reshape(expected.shape), expected):
                    wrong.append(name)
            report(f"here → gguf-py, {format}", not wrong and not tensors,
                   f"{wrong or 'every tensor'}, {path.stat().st_size} bytes")
        # Written by gguf-py.
        path = self.work / "theirs.gguf"
        writer = gguf.GGUFWriter(path, "gpt2")
        config = self.model.config
        writer.add_context_length(config.n_positions)
        writer.add_embedding_length(config.n_embd)
        writer.add_block_count(config.n_layer)
        writer.add_feed_forward_length(4 * config.n_embd)
        writer.add_head_count(config.n_head)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        for name, weight in self.gguf_tensors(state):
            writer.add_tensor(name, weight)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        self.close("gguf-py → here, logits", self.logits(path), self.expected, 1e-4)
        path.unlink()

    def gguf_tensors(self, state):
        names = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm"}
        inside = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
                  "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
        for key, value in state.items():
            if key == "lm_head.weight":
                continue
            part, kind = key.rsplit(".", 1)
            value = value.numpy()
            if part.startswith("h."):
                _, number, part = part.split(".", 2)
                name = f"blk.{number}.{inside[part]}.{kind}"
                if value.ndim == 2:
                    value = value.T
            else:
                name = f"{names[part]}.{kind}"
            yield name, numpy.ascontiguousarray(value)

    def llama(self):
        import llama_cpp

        def open_model(path):
            return llama_cpp.Llama(
                str(path), n_ctx=self.context, n_batch=self.context, logits_all=True, type_k=0,
                type_v=0, n_threads=2, verbose=False)

        def logits_of(llama):
            def logits(ids):
                llama.reset()
                llama.eval(ids)
                return numpy.array(llama.scores[len(ids) - 1])
            return logits

        llama = open_model(self.file)
        self.close("here → llama.cpp, logits of the last position", logits_of(llama)(self.prompt),
                   self.expected[-1], 1e-2)
        theirs, margin = greedy(logits_of(llama), self.prompt, self.context, self.count)
        compare("llama.cpp, greedy tokens", self.ours, theirs, margin)
        if self.text:
            text = pathlib.Path(self.text).read_bytes()
            there = llama.tokenize(text, add_bos=False)
            report("llama.cpp, tokens of the text", self.tokens == there, f"{len(there)} tokens")
            back = llama.detokenize(there)
            report("llama.cpp, text of the tokens", back == text, f"{len(back)} bytes")
        # Q8_0 is coarse, for both in the same way.
        ours = open_model(self.work / "q8_0.gguf")
        q8 = logits_of(ours)(self.prompt)
        self.close("here → llama.cpp, Q8_0 of ours", q8, self.expected[-1],
                   0.1 * float(abs(self.expected[-1]).max()))
        for name, code in [("F16", 1), ("Q8_0", 7)]:
            path = self.work / f"quantized-{name}.gguf"
            options = llama_cpp.llama_model_quantize_default_params()
            options.ftype = code
            status = llama_cpp.llama_model_quantize(
                str(self.file).encode(), str(path).encode(), options)
            if status != 0:
                report(f"llama.cpp → here, {name}", False, f"llama.cpp gave {status}")
                continue
            if name == "Q8_0":
                # What the numbers stand for, not what llama.cpp's integer products make of them.
                ours = self.logits(self.work / "q8_0.gguf")
                self.close(f"llama.cpp → here, {name}, logits beside our own", self.logits(path),
                           ours, 1e-4)
            else:
                self.close(f"llama.cpp → here, {name}, logits", self.logits(path), self.expected,
                           1e-2 * float(abs(self.expected).max()))
            if self.text:
                here = self.check("tokens", path, self.text)
                report(f"llama.cpp → here, {name}, tokens of the text",
                       [int(token) for token in here.split(",")] == self.tokens,
                       f"{here.count(',') + 1} tokens")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", required=True)
    parser.add_argument("--text")
    parser.add_argument("--model")
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--tokens", type=int, default=256)
    arguments = parser.parse_args()
    if not (arguments.text or arguments.model or arguments.random):
        parser.error("give --text, --model or --random")

    with tempfile.TemporaryDirectory() as work:
        side = Side(arguments.check, pathlib.Path(work), arguments)
        side.transformers()
        for name, step in [("gguf", side.gguf), ("llama_cpp", side.llama)]:
            try:
                __import__(name)
            except ImportError:
                print(f"     {name} is not installed; its comparisons were left out.")
                continue
            step()
    if failures:
        print(f"{len(failures)} failed: {', '.join(failures)}")
    sys.exit(1 if failures else 0)


main()
