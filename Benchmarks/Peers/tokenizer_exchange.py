"""Tokenizer files both ways, and merges beside merges.

    swift build -c release --product TokenizerThroughput     # in Benchmarks/
    python Peers/tokenizer_exchange.py .build/release/TokenizerThroughput ../../shared/data

Trains here and there to 5,000 on tiny Shakespeare and to 8,000 on a multilingual text and compares
the merges of Hugging Face and the pieces of SentencePiece; lets `tokenizers`, `tiktoken` and
`sentencepiece` open the files that this package writes, and this package theirs, and compares the
ids; opens large broken files and weighs the memory that takes. Prints one line for each check and
ends with 1 when one failed.
"""

import array
import base64
import json
import os
import subprocess
import sys
import tempfile

# This folder has a file called tokenizers.py: the module must come from the installed packages.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != HERE]

import sentencepiece
import tiktoken
from tiktoken.load import load_tiktoken_bpe
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

EXECUTABLE, DATA = sys.argv[1], sys.argv[2]
GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
SHAKESPEARE = f"{DATA}/tinyshakespeare.txt"
MULTILINGUAL = f"{HERE}/../../Tests/MiniTokenizerTests/Goldens/multilingual.txt"
failures = 0


def check(what, holds, more=""):
    global failures
    failures += not holds
    print(f"{'same' if holds else 'DIFFERS'}  {what}{' · ' if more else ''}{more}", flush=True)


def run(*arguments):
    return subprocess.run([EXECUTABLE, *arguments], check=True, capture_output=True, text=True).stdout


def read(path):
    return open(path, newline="", encoding="utf-8").read()


def ours(tokenizer, text, folder):
    run("ids", tokenizer, text, f"{folder}/ids")
    ids = array.array("i")
    ids.frombytes(open(f"{folder}/ids", "rb").read())
    return list(ids)


def hugging_face(path, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([read(path)], trainer)
    return tokenizer


def merges_of(tokenizer):
    return ["{} {}".format(*merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


def sentence_pieces(model):
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    count = processor.get_piece_size()
    return processor, [(processor.id_to_piece(i), processor.get_score(i)) for i in range(count)]


def exchange(name, path, size, folder):
    other = f"{folder}/theirs"
    mine = f"{folder}/ours"
    os.makedirs(other)
    os.makedirs(mine)
    run("train", path, str(size), mine)
    text = read(path)
    theirs = hugging_face(path, size)

    merges = read(f"{mine}/merges.txt").split("\n")[1:-1]
    expected = merges_of(theirs)
    equal = sum(a == b for a, b in zip(merges, expected))
    check(f"{name}: merges of BpeTrainer", merges == expected, f"{equal} of {len(expected)}")

    ids = theirs.encode(text).ids
    for file in ("tokenizer.json", "vocab.json", "ranks.tiktoken"):
        check(f"{name}: ids of our {file} here", ours(f"{mine}/{file}", path, folder) == ids)
    check(f"{name}: our tokenizer.json in tokenizers",
          Tokenizer.from_file(f"{mine}/tokenizer.json").encode(text).ids == ids)
    loaded = Tokenizer(models.BPE.from_file(f"{mine}/vocab.json", f"{mine}/merges.txt"))
    loaded.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    check(f"{name}: our vocab.json and merges.txt in tokenizers", loaded.encode(text).ids == ids)
    ranks = load_tiktoken_bpe(f"{mine}/ranks.tiktoken")
    encoding = tiktoken.Encoding("ours", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={})
    check(f"{name}: our ranks.tiktoken in tiktoken", encoding.encode_ordinary(text) == ids)

    theirs.save(f"{other}/tokenizer.json")
    theirs.model.save(other)
    with open(f"{other}/ranks.tiktoken", "wb") as file:
        for token, rank in ranks.items():
            file.write(base64.b64encode(token) + f" {rank}\n".encode())
    for file in ("tokenizer.json", "vocab.json", "ranks.tiktoken"):
        check(f"{name}: their {file} here", ours(f"{other}/{file}", path, folder) == ids)

    for rule in ("identity", "nmt_nfkc"):
        sentencepiece.SentencePieceTrainer.train(
            input=path, model_prefix=f"{other}/{rule}", vocab_size=size, model_type="bpe",
            num_threads=1, minloglevel=2, normalization_rule_name=rule,
        )
    _, mine_pieces = sentence_pieces(f"{mine}/bpe.model")
    processor, pieces = sentence_pieces(f"{other}/identity.model")
    equal = sum(a == b for a, b in zip(mine_pieces, pieces))
    check(f"{name}: pieces and scores of SentencePiece", mine_pieces == pieces,
          f"{equal} of {len(pieces)}")
    check(f"{name}: our bpe.vocab", read(f"{mine}/bpe.vocab") == read(f"{other}/identity.vocab"))
    ids = processor.encode(text)
    check(f"{name}: our bpe.model in sentencepiece",
          sentence_pieces(f"{mine}/bpe.model")[0].encode(text) == ids)
    check(f"{name}: our bpe.model here", ours(f"{mine}/bpe.model", path, folder) == ids)
    sentencepiece.SentencePieceTrainer.train(
        input=path, model_prefix=f"{other}/unigram", vocab_size=size, model_type="unigram",
        num_threads=1, minloglevel=2, byte_fallback=True, character_coverage=0.99,
        hard_vocab_limit=False,
    )
    for model in ("identity", "nmt_nfkc", "unigram"):
        processor, _ = sentence_pieces(f"{other}/{model}.model")
        check(f"{name}: their {model}.model here",
              ours(f"{other}/{model}.model", path, folder) == processor.encode(text))


def weigh(folder):
    """Large files that are broken late, or full of what takes much memory for little text."""
    name = f"{folder}/broken"
    number = 1_000_000

    def names():
        return ",".join(f'"{index:x}":{index}' for index in range(number))

    files = {
        "nested arrays": b'{"model": {"x": ' + b"[" * 40_000_000,
        "a long string": b'{"model": {"type": "' + b"x" * 40_000_000 + b'"}}',
        "a value of empty arrays": b'{"model": 1, "normalizer": [' + b"[]," * 13_000_000 + b"[]]}",
        "a token of empty arrays": b'{"model": {"type": "BPE", "vocab": {}, "merges": []}, '
        b'"added_tokens": [{"x": [' + b"[]," * 13_000_000 + b"[]]}]}",
        "a million added tokens": ('{"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": ['
        + ",".join('{"content": "<%x>", "id": %d}' % (index, index) for index in range(number)) + "]}").encode(),
        "a million tokens": ('{"model": {"type": "BPE", "vocab": {' + names() + '}, "merges": []}}').encode(),
        "a vocabulary alone": ("{" + names() + "}").encode(),
        "a million ranks": b"".join(
            base64.b64encode(b"%06d" % index) + b" %d\n" % index for index in range(number)),
        "empty pieces": b"\x0a\x00" * 20_000_000,
        "short pieces": b"".join(
            b"\x0a\x08\x0a\x06%06x" % index for index in range(number)),
        "a long piece": b"\x0a\x80\x80\x80\x10\x0a\xfc\xff\xff\x0f" + b"x" * 33_554_420,
        "many symbols": b"\x12\x80\x80\x80\x10" + b"\xf2\x01\x00" * 11_184_810 + b"\x20\x00",
    }
    for what, content in files.items():
        suffix = ".model" if content[:1] in b"\x0a\x12" else ".json" if content[:1] == b"{" else ".tiktoken"
        path = name + suffix
        if what == "a vocabulary alone":
            path = f"{folder}/vocab.json"
            open(f"{folder}/merges.txt", "w").write("a b\n")
        with open(path, "wb") as file:
            file.write(content)
        result = json.loads(run("weigh", path))
        size = int(result["size"])
        extra = int(result["after"]) - int(result["before"])
        ok = extra <= 2 * size + (8 << 20)
        global failures
        failures += not ok
        print(f"{'within' if ok else 'ABOVE '}  {what}: {size / 1e6:.1f} MB of file, {extra / 1e6:.1f} MB "
              f"of memory ({extra / size:.2f} x) · {result['outcome'].replace(folder, '')[:110]}", flush=True)
        os.remove(path)


with tempfile.TemporaryDirectory() as folder:
    exchange("tiny Shakespeare", SHAKESPEARE, 5000, f"{folder}/a")
    exchange("multilingual", MULTILINGUAL, 8000, f"{folder}/b")
    weigh(folder)
sys.exit(failures > 0)
