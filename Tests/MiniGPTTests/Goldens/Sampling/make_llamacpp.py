#!/usr/bin/env python3
"""Makes the golden files of this folder that come from llama.cpp.

    python3 make_llamacpp.py            writes llamacpp.json and grammars.json
    python3 make_llamacpp.py --check    writes nothing; compares a fresh run with the files

The committed files were made with llama-cpp-python 0.3.36 and gguf on Linux x86-64. They come from
the library's own samplers (`llama_sampler_init_…`), applied to given logits and histories.

The vocabulary is the bytes that UTF-8 uses but 0 and a few longer pieces, some of which cut
characters; it is written to a GGUF file without weights, which llama.cpp opens.

llamacpp.json: the candidates each sampler leaves, as [token, logit]. grammars.json: for each grammar
and text, which tokens llama.cpp allows next; whether the end is allowed is `mayEnd`.
"""

import ctypes
import json
import math
import sys
import tempfile
from pathlib import Path

import gguf
import numpy
from llama_cpp import llama_cpp as llama

FOLDER = Path(__file__).resolve().parent

PIECES = [
    b"ab", b"abc", b"b ", b"true", b"false", b"nul", b'{"', b'":', b'", "', b"  ", b"\n\n", b"12",
    b"-1", b".5", b"[[", b"]]", b"}}", b'"}', "é".encode(), "日".encode(), "日".encode()[:2],
    "日本".encode()[2:5], "😀".encode()[:3], "é".encode()[1:] + b"a", b"name", b"yes", b"no", b"\\n",
    b"\\u00", b"e+1", b"hello world",
]
BYTES = [bytes([b]) for b in range(1, 256) if b not in (0xC0, 0xC1) and b < 0xF5]
VOCABULARY = BYTES + PIECES
END = len(VOCABULARY)


def byte_alphabet():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}


def vocabulary():
    letters = byte_alphabet()
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "vocabulary.gguf"
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_block_count(1)
    writer.add_context_length(1024)
    writer.add_embedding_length(8)
    writer.add_feed_forward_length(32)
    writer.add_head_count(1)
    writer.add_layer_norm_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    spelled = ["".join(letters[b] for b in piece) for piece in VOCABULARY]
    writer.add_token_list(spelled + ["<|end|>"])
    writer.add_token_types([gguf.TokenType.NORMAL] * END + [gguf.TokenType.CONTROL])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(END)
    writer.add_bos_token_id(END)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(str(path).encode(), parameters)
    return model, llama.llama_model_get_vocab(model), folder


def apply(sampler, logits):
    count = len(logits)
    entries = (llama.llama_token_data * count)(
        *[llama.llama_token_data(i, float(x), 0.0) for i, x in enumerate(logits)]
    )
    array = llama.llama_token_data_array(entries, count, -1, False)
    llama.llama_sampler_apply(sampler, ctypes.byref(array))
    left = [[array.data[i].id, array.data[i].logit] for i in range(array.size)]
    chosen = array.data[array.selected].id if array.selected >= 0 else None
    return sorted(x for x in left if not math.isinf(x[1])), chosen


def samplers(vocab):
    random = numpy.random.default_rng(6)
    wide = (random.standard_normal(40) * 3).astype(numpy.float32).tolist()
    flat = (random.standard_normal(40) * 0.4).astype(numpy.float32).tolist()
    repeating = [1, 2, 3, 9, 1, 2, 3, 4, 5, 1, 2, 3, 9, 7, 2, 3, 9, 1, 2, 3]
    other = [5, 6, 5, 6, 5, 6, 8, 5, 6, 5, 6, 8, 5, 6]
    cases = []

    def case(stage, parameters, make, history=(), logits=("wide", "flat")):
        for kind in logits:
            sampler = make()
            for token in history:
                llama.llama_sampler_accept(sampler, token)
            left, _ = apply(sampler, {"wide": wide, "flat": flat}[kind])
            llama.llama_sampler_free(sampler)
            cases.append(
                {
                    "stage": stage, "parameters": parameters, "logits": kind,
                    "history": list(history), "left": left,
                }
            )

    for n in (0.0, 0.5, 1.0, 2.5):
        case("topNSigma", [n], lambda n=n: llama.llama_sampler_init_top_n_sigma(n))
    for p, t in ((1.0, 0.1), (1.0, 0.02), (1.0, 0.5), (1.0, 0.6), (0.0, 0.1)):
        case("xtc", [p, t], lambda p=p, t=t: llama.llama_sampler_init_xtc(p, t, 1, 1))
    for t, r, e in ((1.0, 0.5, 1.0), (0.8, 0.6, 2.0), (0.5, 1.0, 0.5)):
        case(
            "dynamicTemperature", [t, r, e],
            lambda t=t, r=r, e=e: llama.llama_sampler_init_temp_ext(t, r, e),
        )
    for t in (0.0, 0.6):
        case("temperature", [t], lambda t=t: llama.llama_sampler_init_temp(t))
    for k in (0, 7):
        case("topK", [k], lambda k=k: llama.llama_sampler_init_top_k(k))
    for p in (0.2, 0.9):
        case("topP", [p], lambda p=p: llama.llama_sampler_init_top_p(p, 1))
        case("minP", [p], lambda p=p: llama.llama_sampler_init_min_p(p, 1))
        case("typicalP", [p], lambda p=p: llama.llama_sampler_init_typical(p, 1))
    for window, repeat, frequency, presence in (
        (64, 1.3, 0.0, 0.0), (5, 1.3, 0.0, 0.0), (64, 1.0, 0.4, 0.0), (64, 1.0, 0.0, 0.7),
        (8, 1.2, 0.3, -0.5), (0, 1.2, 0.3, 0.5),
    ):
        case(
            "penalties", [window, repeat, frequency, presence],
            lambda w=window, r=repeat, f=frequency, p=presence: llama.llama_sampler_init_penalties(
                40, w, r, f, p
            ),
            history=repeating,
        )
    for history in (repeating, other, repeating + other + repeating[:7]):
        for multiplier, base, allowed, window, breakers in (
            (0.8, 1.75, 2, 64, []), (0.8, 1.75, 3, 64, []), (0.5, 1.2, 1, 64, []),
            (0.8, 1.75, 2, 9, []), (0.8, 1.75, 2, 64, [9]), (0.8, 1.75, 2, 64, [3]),
            (0.0, 1.75, 2, 64, []), (0.8, 1.0, 2, 64, []), (0.8, 1.75, 2, 64, [8, 1]),
        ):
            texts = [VOCABULARY[b] for b in breakers]
            strings = (ctypes.c_char_p * len(texts))(*texts)
            case(
                "dry", [multiplier, base, allowed, window, *breakers],
                lambda m=multiplier, b=base, a=allowed, w=window, s=strings:
                    llama.llama_sampler_init_dry(vocab, m, b, a, w, s, len(s)),
                history=history, logits=("wide",),
            )
    mirostat = []
    for tau, eta in ((1.0, 0.3), (3.0, 0.1)):
        sampler = llama.llama_sampler_init_mirostat_v2(7, tau, eta)
        steps = []
        for step in range(12):
            given = [float(x) for x in numpy.roll(wide, step)]
            left, chosen = apply(sampler, given)
            steps.append({"left": [token for token, _ in left], "chosen": chosen})
        mirostat.append({"target": tau, "rate": eta, "steps": steps})
        llama.llama_sampler_free(sampler)
    return {"wide": wide, "flat": flat, "cases": cases, "mirostat": mirostat}


GRAMMARS = {
    "words": ('root ::= "yes" | "no" (", " [a-z]+)?', ["", "y", "no", "no, ", "no, hello", "yes"]),
    "characters": (
        'root ::= [^"\\\\\\x00-\\x1F] rest\nrest ::= [à-ÿ日]{2,3} "." | "é" "b"',
        ["", "a", "日", "aé", "a日é", "a日éà"],
    ),
    "any": ("root ::= . .? [😀-😃]", ["", "a", "日", "😀"]),
    "repeat": (
        'root ::= ("ab" | "abc"){1,3} ("b " [0-9]*)? # a comment\n',
        ["", "a", "ab", "abc", "ababc", "abb ", "abb 12", "ababab"],
    ),
    "arithmetic": (
        'root ::= (expr "=" ws term "\\n")+\n'
        "expr ::= term ([-+*/] term)*\n"
        'term ::= ident | num | "(" ws expr ")" ws\n'
        "ident ::= [a-z] [a-z0-9_]* ws\nnum ::= [0-9]+ ws\nws ::= [ \\t\\n]*\n",
        ["", "ab", "(", "((12", "((12)", "a=", "a=12\n", "a= 1\nb"],
    ),
    "json": (
        'root ::= object\nvalue ::= object | array | string | number | ("true" | "false" | "null") ws\n'
        'object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws\n'
        'array ::= "[" ws ( value ("," ws value)* )? "]" ws\n'
        'string ::= "\\"" ( [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\\"" ws\n'
        'number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws\n'
        'ws ::= | " " | "\\n" [ \\t]{0,20}\n',
        ["", "{", '{"', '{"a', '{"a":', '{"a":1', '{"a":[[', '{"a":[[]', '{"a":tru', '{"a":"\\',
         '{"a":"\\u00', '{"a":1}', '{"日', '{"a":{"b":[1.5'],
    ),
    "nested": (
        'root ::= (\n  "(" root ")" | # inside\n  "x"\n) ("," root)?',
        ["", "(", "((x", "(x)", "x,"],
    ),
}


def grammars(vocab):
    result = []
    pieces = {piece: token for token, piece in enumerate(VOCABULARY)}
    for name, (text, prefixes) in GRAMMARS.items():
        for prefix in prefixes:
            sampler = llama.llama_sampler_init_grammar(vocab, text.encode(), b"root")
            assert sampler, name
            for byte in prefix.encode():
                llama.llama_sampler_accept(sampler, pieces[bytes([byte])])
            left, _ = apply(sampler, [0.0] * (END + 1))
            llama.llama_sampler_free(sampler)
            tokens = [token for token, _ in left]
            result.append(
                {
                    "grammar": name, "prefix": prefix, "mayEnd": END in tokens,
                    "allowed": [token for token in tokens if token != END],
                }
            )
    return {
        "vocabulary": [piece.hex() for piece in VOCABULARY],
        "grammars": {name: text for name, (text, _) in GRAMMARS.items()},
        "cases": result,
    }


def main():
    llama.llama_backend_init()
    model, vocab, folder = vocabulary()
    files = {"llamacpp.json": samplers(vocab), "grammars.json": grammars(vocab)}
    for name, value in files.items():
        path = FOLDER / name
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"
        if "--check" in sys.argv:
            print(name, "is the same" if path.read_text() == text else "DIFFERS")
        else:
            path.write_text(text)
    llama.llama_model_free(model)
    folder.cleanup()


if __name__ == "__main__":
    main()
