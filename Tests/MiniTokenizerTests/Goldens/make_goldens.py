"""Writes the files in this directory that Hugging Face's tokenizers and tiktoken are asked for.

    python make_goldens.py ../../../../shared/data

The argument is the directory with tinyshakespeare.txt and gpt2/. Made with tokenizers 0.23.3 and
tiktoken 0.14.0. The script stops when the two disagree, so a golden is what both say.

- tinyshakespeare-5000.merges, multilingual-8000.merges: merges of BpeTrainer, one per line.
- gpt2-ids.json: counts and FNV-1a hashes of token ids with GPT-2's vocabulary; for random strings
  one hash per hundred strings. The strings come from a SplitMix64 generator that the tests repeat.
- peer-pairs.json, peer-strings.json: small tokenizer.json files, merges as pairs and as strings,
  with special and other added tokens; peer-vocab.json and peer-merges.txt; peer.tiktoken.
- peer-ids.json: ids of sample texts with those files.
"""

import base64
import json
import sys

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks, load_tiktoken_bpe
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

DATA = sys.argv[1]
MASK = (1 << 64) - 1

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
GPT4_TIKTOKEN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)
GPT4 = GPT4_TIKTOKEN.replace("{1,3}+", "{1,3}")
LLAMA3 = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self, below):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % below


FREQUENT = list(" \n\r\t'  stmdlrveSTLRE")
UNUSUAL = list("\u00a0\u2003\u3000\u2028\u0085\u000b\u000c\u200b\ufeff\u0301\u017f\u212a1\u0663\u00bd\u2163")


def random_string(generator):
    scalars = []
    for _ in range(generator.next(60)):
        kind = generator.next(100)
        if kind < 30:
            scalars.append(FREQUENT[generator.next(len(FREQUENT))])
        elif kind < 50:
            scalars.append(chr(32 + generator.next(95)))
        elif kind < 60:
            scalars.append(UNUSUAL[generator.next(len(UNUSUAL))])
        elif kind < 70:
            scalars.append(chr(0x80 + generator.next(0x780)))
        elif kind < 90:
            value = 0x800 + generator.next(0xF000)
            scalars.append(chr(value if value < 0xD800 else value + 0x800))
        else:
            scalars.append(chr(0x10000 + generator.next(0x100000)))
    return "".join(scalars)


def random_bytes(generator, index):
    if index % 3 == 0:
        return bytes(generator.next(256) for _ in range(generator.next(60)))
    result = bytearray(random_string(generator).encode())
    if index % 3 == 1:
        for _ in range(1 + generator.next(3)):
            if result:
                place = generator.next(len(result))
                result[place] = generator.next(256)
        return bytes(result)
    return bytes(result[: generator.next(len(result) + 1)])


def fnv(ids, value=0xCBF29CE484222325):
    for token in ids:
        for shift in (0, 8, 16, 24):
            value = ((value ^ (token >> shift & 0xFF)) * 0x100000001B3) & MASK
    return value


def summary(ids):
    return {"count": len(ids), "hash": f"{fnv(ids):016x}"}


def per_hundred(all_ids):
    result = []
    for start in range(0, len(all_ids), 100):
        value = 0xCBF29CE484222325
        for ids in all_ids[start : start + 100]:
            value = fnv(ids + [0xFFFFFFFF], value)
        result.append(f"{value:016x}")
    return result


def read(path):
    return open(path, newline="", encoding="utf-8").read()


def byte_level(vocabulary, merges, pattern=None):
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    return with_splitting(tokenizer, pattern)


def with_splitting(tokenizer, pattern=None):
    if pattern is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(text, size, special_tokens=(), pattern=None):
    tokenizer = with_splitting(Tokenizer(models.BPE()), pattern)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(special_tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def model_of(tokenizer):
    return json.loads(tokenizer.to_str())["model"]


shakespeare = read(f"{DATA}/tinyshakespeare.txt")
multilingual = read("multilingual.txt")

for name, text, size in (
    ("tinyshakespeare-5000", shakespeare, 5000),
    ("multilingual-8000", multilingual, 8000),
):
    merges = model_of(train(text, size))["merges"]
    assert len(merges) == size - 256, (name, len(merges))
    with open(f"{name}.merges", "w", encoding="utf-8") as file:
        file.writelines(f"{left} {right}\n" for left, right in merges)

# GPT-2's vocabulary.
ranks = data_gym_to_mergeable_bpe_ranks(f"{DATA}/gpt2/vocab.bpe", f"{DATA}/gpt2/encoder.json")
vocabulary = json.load(open(f"{DATA}/gpt2/encoder.json"))
lines = read(f"{DATA}/gpt2/vocab.bpe").split("\n")[1:]
merges = [tuple(line.split(" ")) for line in lines if line]

cut = len(shakespeare) * 9 // 10
texts = {
    "tinyshakespeare": shakespeare,
    "training": shakespeare[:cut],
    "validation": shakespeare[cut:],
    "multilingual": multilingual,
}
generator = SplitMix64(2024)
strings = [random_string(generator) for _ in range(10_000)]
generator = SplitMix64(4048)
byte_strings = [random_bytes(generator, index) for index in range(10_000)]
golden = {}
for name, for_tiktoken, for_tokenizers in (
    ("gpt2", GPT2, None),
    ("gpt4", GPT4_TIKTOKEN, GPT4),
    ("llama3", LLAMA3, LLAMA3),
):
    one = tiktoken.Encoding(
        name,
        pat_str=for_tiktoken,
        mergeable_ranks=ranks,
        special_tokens={"<|endoftext|>": 50256},
    )
    other = byte_level(vocabulary, merges, for_tokenizers)
    entry = {}
    for key, text in texts.items():
        ids = one.encode_ordinary(text)
        assert ids == other.encode(text).ids, (name, key)
        entry[key] = summary(ids)
    all_ids = [one.encode_ordinary(text) for text in strings]
    assert all_ids == [item.ids for item in other.encode_batch(strings)], name
    entry["strings"] = per_hundred(all_ids)
    # tokenizers takes no bytes; tiktoken has this for fuzzing.
    entry["bytes"] = per_hundred([one._encode_bytes(item) for item in byte_strings])
    golden[name] = entry
with open("gpt2-ids.json", "w") as file:
    json.dump(golden, file, indent=1)

# Small files of the peers.
small = train(multilingual, 420, ["<|endoftext|>", "<pad>"])
small.add_tokens(["ROMEO"])
small.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True)])
small.add_tokens([AddedToken("word", single_word=True)])
small.save("peer-pairs.json")
document = json.loads(small.to_str())
document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
with open("peer-strings.json", "w", encoding="utf-8") as file:
    json.dump(document, file, ensure_ascii=True)
model = document["model"]
with open("peer-vocab.json", "w", encoding="utf-8") as file:
    json.dump(model["vocab"], file)
with open("peer-merges.txt", "w", encoding="utf-8") as file:
    file.write("#version: 0.2\n" + "".join(f"{merge}\n" for merge in model["merges"]))

plain = train(multilingual, 420)
byte_of = {}
codes = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
extra = 256
for byte in range(256):
    if byte in codes:
        byte_of[chr(byte)] = byte
    else:
        byte_of[chr(extra)] = byte
        extra += 1
plain_ranks = {
    bytes(byte_of[c] for c in token): rank for token, rank in model_of(plain)["vocab"].items()
}
with open("peer.tiktoken", "wb") as file:
    for token, rank in sorted(plain_ranks.items(), key=lambda item: item[1]):
        file.write(base64.b64encode(token) + f" {rank}\n".encode())
assert load_tiktoken_bpe("peer.tiktoken") == plain_ranks

samples = [
    "",
    "ROMEO: a word, words; wordword word<|endoftext|>next <mask> token<pad><mask>  end",
    "<|endoftext|><|endoftext|> ROMEOROMEO<pad",
] + multilingual.split("\n")[:23]
rank_encoding = tiktoken.Encoding(
    "peer", pat_str=GPT2, mergeable_ranks=plain_ranks, special_tokens={}
)
with open("peer-ids.json", "w", encoding="utf-8") as file:
    json.dump(
        {
            "samples": samples,
            "tokenizer": [small.encode(text).ids for text in samples],
            "ranks": [rank_encoding.encode_ordinary(text) for text in samples],
        },
        file,
        ensure_ascii=False,
        indent=1,
    )
