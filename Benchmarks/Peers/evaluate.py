"""The loss of a text: `minigpt evaluate` beside transformers, on the same random GPT-2.

    python evaluate.py PATH/minigpt TEXT

A GPT-2 of two layers with random weights and a tokenizer learned from the text are made here and saved
in Hugging Face's layout; both sides then read the text in windows of the context, without overlap and with
strides. Losses must be within 1e-4, tokens and bytes the same. Needs torch, transformers and tokenizers.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

# The folder of this script holds a tokenizers.py, which is not the package.
sys.path = [path for path in sys.path if pathlib.Path(path or ".").resolve() !=
            pathlib.Path(__file__).resolve().parent]

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel

CONTEXT = 64


def learn(text):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=500, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def loss(model, ids, stride):
    """The mean of −ln p over all ids but the first, and how many those are."""
    total, known, start = 0.0, 1, 0
    while known < len(ids):
        end = min(start + CONTEXT, len(ids) - 1)
        with torch.no_grad():
            logits = model(torch.tensor([ids[start:end]])).logits[0]
        losses = torch.nn.functional.cross_entropy(
            logits, torch.tensor(ids[start + 1:end + 1]), reduction="none")
        total += losses[known - start - 1:].double().sum().item()
        known, start = end + 1, start + stride
    return total / (len(ids) - 1), len(ids) - 1


def main():
    minigpt, path = sys.argv[1:]
    text = pathlib.Path(path).read_text(encoding="utf-8")[:20_000]
    tokenizer = learn(text)
    torch.manual_seed(1)
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_positions=CONTEXT, n_embd=96, n_layer=2, n_head=3,
        initializer_range=0.2,
        bos_token_id=None, eos_token_id=None)).eval()
    ids = tokenizer.encode(text).ids
    first = len(tokenizer.decode(ids[:1]).encode())
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer.save(folder + "/tokenizer.json")
        sample = folder + "/text.txt"
        pathlib.Path(sample).write_text(text, encoding="utf-8")
        for stride in [CONTEXT, CONTEXT // 2, 11]:
            theirs, tokens = loss(model, ids, stride)
            output = subprocess.run(
                [minigpt, "evaluate", "--text", sample, "--model", folder, "--order", "0", "--json",
                 "--stride", str(stride)], check=True, capture_output=True, text=True).stdout
            ours = json.loads(output)["scores"][0]
            bits = theirs * tokens / math.log(2) / (len(text.encode()) - first)
            difference = max(abs(ours["loss"] - theirs), abs(ours["bitsPerByte"] - bits))
            worst = max(worst, difference)
            same = ours["tokens"] == tokens and ours["bytes"] == len(text.encode()) - first
            print(f"stride {stride:3}: loss {ours['loss']:.6f} here, {theirs:.6f} in transformers; "
                  f"{ours['bitsPerByte']:.6f} and {bits:.6f} bits per byte; {tokens} tokens"
                  + ("" if same else f", but {ours['tokens']} and {ours['bytes']} bytes here"), flush=True)
            if not same:
                worst = float("inf")
    print(f"largest difference {worst:.1e}")
    sys.exit(0 if worst <= 1e-4 else 1)


main()
