"""Tokenizers side by side: this package, tiktoken, Hugging Face's tokenizers, SentencePiece.

    swift build -c release --product TokenizerThroughput     # in Benchmarks/
    python Peers/tokenizers.py .build/release/TokenizerThroughput ../../shared/data

All in one run on one machine, one thread each, in turns, so that a busy moment hits all alike.
Needs: pip install tokenizers tiktoken sentencepiece. Times are medians over the rounds; "first" is
the first call in a process (no word remembered), "again" the best of later calls.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

# This file is called tokenizers.py too: the module must come from the installed packages.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import sentencepiece
import tiktoken
import tokenizers
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

EXECUTABLE, DATA = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""

text = open(f"{DATA}/tinyshakespeare.txt").read()
size = len(text.encode())
ranks = data_gym_to_mergeable_bpe_ranks(f"{DATA}/gpt2/vocab.bpe", f"{DATA}/gpt2/encoder.json")
vocabulary = json.load(open(f"{DATA}/gpt2/encoder.json"))
lines = open(f"{DATA}/gpt2/vocab.bpe", encoding="utf-8").read().split("\n")[1:]
merges = [tuple(line.split(" ")) for line in lines if line]

folder = tempfile.mkdtemp()
hugging_face_file = f"{folder}/tokenizer.json"
hugging_face = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
hugging_face.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
hugging_face.decoder = decoders.ByteLevel()
hugging_face.save(hugging_face_file)


def new_tiktoken():
    return tiktoken.Encoding(
        "gpt2", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256}
    )


def train_hugging_face():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=5000,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)


def train_sentencepiece():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.split("\n")),
        model_writer=model,
        vocab_size=5000,
        model_type="bpe",
        num_threads=1,
        minloglevel=2,
        hard_vocab_limit=False,
    )
    return model.getvalue()


pieces = sentencepiece.SentencePieceProcessor(model_proto=train_sentencepiece())


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def first_and_again(make, call):
    subject = make()
    times = [timed(lambda: call(subject)) for _ in range(4)]
    return times[0], min(times[1:])


rows = {}


def note(task, who, first, again=None):
    rows.setdefault(task, {}).setdefault(who, []).append((first, first if again is None else again))


LETTERS = (100_000, 200_000, 400_000)
for _ in range(ROUNDS):
    output = subprocess.run(
        [EXECUTABLE, "measure", DATA, "4"], capture_output=True, text=True, check=True
    ).stdout
    for line in output.splitlines():
        item = json.loads(line)
        note(item["name"], "MiniTokenizer", item["seconds"][0], min(item["seconds"][1:]))
    note("train to 5,000", "Hugging Face", timed(train_hugging_face))
    note("train to 5,000", "SentencePiece", timed(train_sentencepiece))
    note("train SentencePiece's BPE to 5,000", "SentencePiece", timed(train_sentencepiece))
    note(
        "load GPT-2's tokenizer.json",
        "Hugging Face",
        timed(lambda: Tokenizer.from_file(hugging_face_file)),
    )
    note("encode", "tiktoken", *first_and_again(new_tiktoken, lambda e: e.encode_ordinary(text)))
    note(
        "encode",
        "Hugging Face",
        *first_and_again(
            lambda: Tokenizer.from_file(hugging_face_file), lambda t: t.encode(text)
        ),
    )
    note("encode", "SentencePiece", *first_and_again(lambda: pieces, lambda p: p.encode(text)))
    note(
        "encode with SentencePiece's BPE",
        "SentencePiece",
        *first_and_again(lambda: pieces, lambda p: p.encode(text)),
    )
    one = new_tiktoken()
    for count in LETTERS[:1]:
        note(f"{count} equal letters", "tiktoken", timed(lambda: one.encode_ordinary("a" * count)))
        note(
            f"{count} equal letters",
            "Hugging Face",
            timed(lambda: hugging_face.encode("a" * count)),
        )

print(f"tiktoken {tiktoken.__version__}, tokenizers {tokenizers.__version__}, ", end="")
print(f"sentencepiece {sentencepiece.__version__}; {ROUNDS} rounds, medians")
print(f"{'':36}{'':15}{'first':>10}{'again':>10}{'':>14}{'ours is':>10}")
for task, by_who in rows.items():
    ours = None
    for who, pairs in by_who.items():
        first = statistics.median(pair[0] for pair in pairs)
        again = statistics.median(pair[1] for pair in pairs)
        ours = ours or first
        speed = f"{size / first / 1e6:8.1f} MB/s" if task.startswith("encode") else ""
        ratio = "" if who == "MiniTokenizer" else f"{first / ours:8.1f} x"
        print(f"{task:36}{who:15}{first * 1e3:8.1f}ms{again * 1e3:8.1f}ms{speed:>14}{ratio:>10}")
base = statistics.median(p[1] for p in rows["100000 equal letters"]["MiniTokenizer"])
for count in LETTERS[1:]:
    times = statistics.median(p[1] for p in rows[f"{count} equal letters"]["MiniTokenizer"])
    print(f"{count} equal letters take {times / base:.2f} times the time of half as many")
    base = times
