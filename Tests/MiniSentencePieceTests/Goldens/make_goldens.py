"""Writes the files in this directory that the sentencepiece package is asked for.

    python make_goldens.py

Made with sentencepiece 0.2.3 from ../../MiniTokenizerTests/Goldens/multilingual.txt.

- *.model: small models of every kind the tests need.
- encodings.json: for each model and sample the ids, pieces, begins and ends (in bytes) and
  the decoded text; the text of random ids; and hashes of the ids of thousands of random strings.
  The strings come from a SplitMix64 generator that the tests repeat.
- training.json: the pieces of models trained with other options, to which ours must be equal.
"""

import io
import json

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self, below):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % below


FREQUENT = list("   \u2581\n\t'.,aeinorst")
UNUSUAL = list("\u00a0\u2003\u3000\u2028\u0085\u000b\u200b\ufeff\u0301\u0308\u017f\u212a\ufb01\u00bd\u2163\uff21\u30fc\u2585")


def random_string(generator, words):
    result = []
    for _ in range(generator.next(30)):
        kind = generator.next(100)
        if kind < 35:
            result.append(words[generator.next(len(words))])
            result.append(" ")
        elif kind < 60:
            result.append(FREQUENT[generator.next(len(FREQUENT))])
        elif kind < 75:
            result.append(UNUSUAL[generator.next(len(UNUSUAL))])
        elif kind < 85:
            result.append(chr(0x80 + generator.next(0x780)))
        elif kind < 95:
            value = 0x800 + generator.next(0xF000)
            result.append(chr(value if value < 0xD800 else value + 0x800))
        else:
            result.append(chr(0x10000 + generator.next(0x100000)))
    return "".join(result)


def fnv(ids, value=0xCBF29CE484222325):
    for token in ids:
        for shift in (0, 8, 16, 24):
            value = ((value ^ (token >> shift & 0xFF)) * 0x100000001B3) & MASK
    return value


TEXT = "../../MiniTokenizerTests/Goldens/multilingual.txt"
text = open(TEXT, newline="", encoding="utf-8").read()
lines = text.split("\n")


def train(**options):
    # From the file, since Python's iterator takes carriage returns away.
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        input=TEXT,
        model_writer=model,
        num_threads=1,
        minloglevel=2,
        **{"character_coverage": 1.0, **options},
    )
    return model.getvalue()


def unused(model, every):
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model)
    for index, piece in enumerate(proto.pieces):
        if piece.type == 1 and len(piece.piece) > 1 and index % every == 0:
            piece.type = 5
    return proto.SerializeToString()


identity = {"normalization_rule_name": "identity"}
models = {
    "bpe": train(model_type="bpe", vocab_size=1200, **identity),
    "bpe-bytes": train(
        model_type="bpe",
        vocab_size=900,
        byte_fallback=True,
        character_coverage=0.98,
        user_defined_symbols=["ROMEO", "<sep>", "the words"],
        control_symbols=["<cls>"],
        pad_id=3,
        remove_extra_whitespaces=False,
        **identity,
    ),
    "unigram": train(model_type="unigram", vocab_size=1200, **identity),
    "unigram-nfkc": train(
        model_type="unigram",
        vocab_size=1000,
        byte_fallback=True,
        character_coverage=0.98,
        user_defined_symbols=["ROMEO", "ROMEO and", "<sep>"],
        normalization_rule_name="nmt_nfkc",
    ),
    "bpe-suffix": train(
        model_type="bpe",
        vocab_size=700,
        character_coverage=0.98,
        treat_whitespace_as_suffix=True,
        allow_whitespace_only_pieces=True,
        remove_extra_whitespaces=False,
        **identity,
    ),
    "bpe-phrases": train(
        model_type="bpe",
        vocab_size=700,
        character_coverage=0.98,
        split_by_whitespace=False,
        add_dummy_prefix=False,
        **identity,
    ),
}
models["bpe-unused"] = unused(models["bpe-suffix"], 3)
for name, model in models.items():
    with open(f"{name}.model", "wb") as file:
        file.write(model)

words = sorted(set(text.split()))[::7]
samples = [
    "",
    " ",
    "   a  b   ",
    "\u2581\u2581a\u2581",
    "ROMEO: the words<sep>ROMEO and <s>Juliet</s><cls> <0x41>",
    "ﬁne ①②③ Ⅳ ｶﾞ Å\u0301 \u200b zero\tand\r\nlines",
    "日本語のテキスト、中文文本 и русский текст 👩‍👩‍👧 ½ 𝒳",
    "aaaaaaaaaaaaaaaa" * 3,
] + lines[:20]
encodings = {"samples": samples}
for name, model in models.items():
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    entry = {"ids": [], "pieces": [], "spans": [], "decoded": [], "normalized": []}
    for sample in samples:
        proto = processor.encode(sample, return_type="proto")
        entry["ids"].append([piece.id for piece in proto.pieces])
        entry["pieces"].append([piece.piece for piece in proto.pieces])
        entry["spans"].append([[piece.begin, piece.end] for piece in proto.pieces])
        entry["decoded"].append(processor.decode(entry["ids"][-1]))
        entry["normalized"].append(processor.normalize(sample))
    generator = SplitMix64(77)
    entry["random"] = []
    for _ in range(150):
        ids = [generator.next(processor.get_piece_size()) for _ in range(generator.next(12))]
        if processor.is_byte(10) or processor.is_byte(20):
            ids = [generator.next(270) if index % 2 else token for index, token in enumerate(ids)]
        entry["random"].append({"ids": ids, "text": processor.decode(ids)})
    generator = SplitMix64(2025)
    entry["hashes"] = []
    for _ in range(40):
        value = 0xCBF29CE484222325
        for _ in range(100):
            value = fnv(processor.encode(random_string(generator, words)) + [0xFFFFFFFF], value)
        entry["hashes"].append(f"{value:016x}")
    encodings[name] = entry
encodings["words"] = words
with open("encodings.json", "w", encoding="utf-8") as file:
    json.dump(encodings, file, ensure_ascii=False)

trainings = {
    "plain": {"vocab_size": 1000},
    "coverage": {"vocab_size": 600, "character_coverage": 0.99},
    "bytes": {"vocab_size": 900, "byte_fallback": True, "character_coverage": 0.98},
    "symbols": {
        "vocab_size": 900,
        "user_defined_symbols": ["ROMEO", "<sep>"],
        "control_symbols": ["<cls>"],
        "unk_id": 2,
        "bos_id": -1,
        "eos_id": 0,
        "pad_id": 5,
    },
    "suffix": {"vocab_size": 800, "treat_whitespace_as_suffix": True},
    "whitespace": {
        "vocab_size": 800,
        "allow_whitespace_only_pieces": True,
        "remove_extra_whitespaces": False,
    },
    "phrases": {"vocab_size": 800, "split_by_whitespace": False, "max_sentencepiece_length": 9},
    "scripts": {"vocab_size": 1000, "split_by_unicode_script": False, "split_digits": True},
    "numbers": {"vocab_size": 1000, "split_by_number": False},
    "exhausted": {"vocab_size": 8000, "hard_vocab_limit": False},
}
golden = {}
for name, options in trainings.items():
    model = train(model_type="bpe", **{**identity, **options})
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces = [processor.id_to_piece(index) for index in range(processor.get_piece_size())]
    joined = "\n".join(pieces).encode()
    golden[name] = {
        "count": len(pieces),
        "hash": f"{fnv(joined):016x}",
        "pieces": pieces[:500],
    }
with open("training.json", "w", encoding="utf-8") as file:
    json.dump(golden, file, ensure_ascii=False)
