"""Tokenizer files both ways, and merges beside merges.

    swift build -c release --product TokenizerThroughput     # in Benchmarks/
    python Peers/tokenizer_exchange.py .build/release/TokenizerThroughput ../../shared/data [weigh]

Trains here and there to 5,000 on tiny Shakespeare and to 8,000 on a multilingual text and compares
the merges of Hugging Face and the pieces of SentencePiece; lets `tokenizers`, `tiktoken` and
`sentencepiece` open the files that this package writes, and this package theirs, and compares the
ids; opens large files, most of them broken, and weighs the memory that takes (`weigh`: this only).
Prints one line for each check and ends with 1 when one failed.
"""

import array
import base64
import itertools
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


def message(field, content):
    """A length-delimited field of a protocol buffer message."""
    head = field << 3 | 2
    numbers = bytes([head]) if head < 128 else bytes([head & 127 | 128, head >> 7])
    length = len(content)
    while length > 127:
        numbers += bytes([length & 127 | 128])
        length >>= 7
    return numbers + bytes([length]) + content


def visible():
    """GPT-2's visible characters for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]


def dense_tokens(number):
    """All bytes, all pairs and then as many triples as are asked for: the shortest tokens."""
    count = 0
    for length in (1, 2, 3):
        for token in itertools.product(range(256), repeat=length):
            if count == number:
                return
            count += 1
            yield token


def dense_document(number):
    """A valid tokenizer.json as dense as can be: short tokens, one merge for each."""
    names = visible()
    vocabulary, merges = [], []
    for index, token in enumerate(dense_tokens(number)):
        text = [names[byte] for byte in token]
        vocabulary.append(f"{json.dumps(''.join(text), ensure_ascii=False)}:{index}")
        if len(text) > 1:
            pair = ["".join(text[:-1]), text[-1]]
            merges.append(json.dumps(pair, ensure_ascii=False, separators=(",", ":")))
    return (
        '{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{' + ",".join(vocabulary)
        + '},"merges":[' + ",".join(merges) + "]}}"
    ).encode()


def weigh(folder):
    """Large files: broken late, or full of what takes much memory for little text, or valid."""
    name = f"{folder}/broken"
    number = 1_000_000
    empty = b'{"model": {"type": "BPE", "vocab": {}, "merges": []}, '

    def names(form="{:x}"):
        return ",".join(f'"{form.format(index)}":{index}' for index in range(number))

    def model(vocabulary):
        return ('{"model": {"type": "BPE", "vocab": {' + vocabulary + '}, "merges": []}}').encode()

    piece = message(1, message(1, b"a"))
    unknown = message(1, message(1, b"<unk>") + b"\x18\x02")
    end = message(2, b"") + message(3, b"")
    files = {
        "nested arrays": b'{"model": {"x": ' + b"[" * 40_000_000,
        "a long string": b'{"model": {"type": "' + b"x" * 40_000_000 + b'"}}',
        "a long string with an escape": b'{"model": {"type": "\\n' + b"x" * 40_000_000 + b'"}}',
        "a long key": b'{"' + b"x" * 40_000_000 + b'": 1}',
        "a value of empty arrays": empty + b'"normalizer": [' + b"[]," * 13_000_000 + b"[]]}",
        "a token of empty arrays": empty + b'"added_tokens": [{"x": [' + b"[]," * 13_000_000 + b"[]]}]}",
        "a million added tokens": empty + ('"added_tokens": [' + ",".join(
            '{"content": "<%x>", "id": %d}' % (index, index) for index in range(number)) + "]}").encode(),
        "a million tokens": model(names()),
        "a million tokens with escapes": model(names("\\n{:x}")),
        "a vocabulary alone": ("{" + names() + "}").encode(),
        "a vocabulary of markers": ("{" + names("<{:x}>") + "}").encode(),
        "a million ranks": b"".join(
            base64.b64encode(b"%06d" % index) + b" %d\n" % index for index in range(number)),
        "empty pieces": b"\x0a\x00" * 20_000_000,
        "short pieces": b"".join(
            b"\x0a\x08\x0a\x06%06x" % index for index in range(number)),
        "a long piece": piece + message(1, message(1, b"x" * 33_554_420)),
        "many symbols": piece + message(2, b"\xf2\x01\x00" * 11_184_810),
        "many symbols in many messages": piece + message(2, b"\xf2\x01\x00" * 100_000) * 100,
        "a long normalisation": piece + message(3, message(2, b"x" * 33_554_420)),
        "long pieces of a valid unigram model": unknown + b"".join(
            message(1, message(1, os.urandom(500).hex().encode())) for _ in range(30_000)) + end,
        "a valid unigram model of a million pieces": unknown + b"".join(
            message(1, message(1, b"%06x" % index) + b"\x15\x00\x00\x80\xbf") for index in range(number)) + end,
        "a valid, dense tokenizer.json": dense_document(number),
        "valid, dense ranks": b"".join(
            base64.b64encode(bytes(token)) + b" %d\n" % index
            for index, token in enumerate(dense_tokens(number))),
    }
    for what, content in files.items():
        suffix = ".model" if content[:1] == b"\x0a" else ".json" if content[:1] == b"{" else ".tiktoken"
        path = name + suffix
        if what.startswith("a vocabulary"):
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
    if sys.argv[3:] != ["weigh"]:
        exchange("tiny Shakespeare", SHAKESPEARE, 5000, f"{folder}/a")
        exchange("multilingual", MULTILINGUAL, 8000, f"{folder}/b")
    weigh(folder)
sys.exit(failures > 0)
