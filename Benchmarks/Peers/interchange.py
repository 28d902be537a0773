"""Side by side: one model here, in transformers and in llama.cpp.

    python interchange.py --check PATH/InterchangeCheck --text corpus.txt
    python interchange.py --check PATH/InterchangeCheck --model DIRECTORY

With --text, a model of the course's size is trained in transformers for some steps, with a
byte-level BPE of its own; with --model, a directory in Hugging Face's layout is taken as it is. Then

  1. the model is read here: its logits must be within 1e-4 of those of transformers;
  2. it is written again: every byte of the weights must be the same, and transformers must open the
     directory and give the same logits and the same greedy tokens;
  3. it is written as GGUF: llama.cpp must give the same greedy tokens, its cache in singles.

Beyond the context, every program is asked again with the last tokens only, as ours does. Needs torch,
transformers and tokenizers; gguf and llama-cpp-python for the last step, which is left out without.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

failures = []


def report(name, is_good, detail):
    print(f"{'ok  ' if is_good else 'FAIL'} {name}: {detail}", flush=True)
    if not is_good:
        failures.append(name)


def train(text, directory, steps):
    """A GPT-2 of the course's size and its tokenizer, after some steps on a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=5000, special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    ids = torch.tensor(tokenizer.encode(text).ids)
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_positions=128, n_embd=256, n_layer=6, n_head=8,
        bos_token_id=0, eos_token_id=0, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
    model = GPT2LMHeadModel(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for step in range(steps):
        starts = torch.randint(len(ids) - 128, (16,))
        batch = torch.stack([ids[start : start + 128] for start in starts])
        loss = model(batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        if step % 25 == 0 or step == steps - 1:
            print(f"     step {step}, loss {loss.item():.3f}", flush=True)
    model.save_pretrained(directory)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    ).save_pretrained(directory)


def add_filler_tokenizer(directory, size):
    """llama.cpp wants a vocabulary; one without merges serves for ids."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = alphabet + [f"t{number}" for number in range(len(alphabet), size - 1)]
    tokenizer = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate(words)}, merges=[]))
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(directory / "tokenizer.json"))


def greedy(logits, ids, context, count):
    """The tokens a program continues with, and the smallest distance of a best from a second."""
    ids, margin = list(ids), float("inf")
    start = len(ids)
    for _ in range(count):
        scores = logits(ids[-context:])
        first, second = numpy.partition(scores, -2)[[-1, -2]]
        margin = min(margin, float(first - second))
        ids.append(int(scores.argmax()))
    return ids[start:], margin


def compare(name, ours, theirs, margin):
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), len(ours))
    report(name, same == len(ours) == len(theirs),
           f"{same} of {len(ours)} the same (the closest choice was {margin:.1e} apart)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", required=True)
    parser.add_argument("--text")
    parser.add_argument("--model")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--tokens", type=int, default=256)
    arguments = parser.parse_args()

    def check(*words, raw=False):
        output = subprocess.run([arguments.check, *map(str, words)], check=True, capture_output=True)
        return output.stdout if raw else output.stdout.decode().strip()

    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        source, copy, file = work / "source", work / "copy", work / "model.gguf"
        if arguments.model:
            shutil.copytree(arguments.model, source)
        else:
            train(open(arguments.text, encoding="utf-8").read(), source, arguments.steps)
        model = GPT2LMHeadModel.from_pretrained(source, dtype=torch.float32).eval()
        context, size = model.config.n_positions, model.config.vocab_size
        prompt = [(7 * number + 3) % size for number in range(min(24, context // 2))]
        words = ",".join(map(str, prompt))

        def run(model):
            def logits(ids):
                with torch.no_grad():
                    return model(torch.tensor([ids])).logits[0, -1].numpy()
            return logits

        with torch.no_grad():
            expected = model(torch.tensor([prompt])).logits[0].numpy()
        found = numpy.frombuffer(check("logits", source, words, raw=True), dtype="<f4")
        difference = float(abs(found.reshape(expected.shape) - expected).max())
        report("transformers → here, logits", difference < 1e-4,
               f"largest difference {difference:.1e} of {abs(expected).max():.1f}")

        check("convert", source, copy)
        same = (source / "model.safetensors").read_bytes() == (copy / "model.safetensors").read_bytes()
        report("here → transformers, weights", same, "every byte" if same else "bytes differ")
        again = GPT2LMHeadModel.from_pretrained(copy, dtype=torch.float32).eval()
        with torch.no_grad():
            back = again(torch.tensor([prompt])).logits[0].numpy()
        report("here → transformers, logits", bool((back == expected).all()), "bit by bit")
        ours = [int(token) for token in check("greedy", copy, arguments.tokens, words).split(",")]
        theirs, margin = greedy(run(again), prompt, context, arguments.tokens)
        compare("transformers, greedy tokens", ours, theirs, margin)

        if not (source / "tokenizer.json").exists():
            add_filler_tokenizer(source, size)
        check("convert", source, file)
        try:
            import llama_cpp
        except ImportError:
            print("     llama-cpp-python is not installed; llama.cpp was left out.")
            sys.exit(1 if failures else 0)
        llama = llama_cpp.Llama(
            str(file), n_ctx=context, n_batch=context, logits_all=True, type_k=0, type_v=0,
            n_threads=2, verbose=False)

        def llama_logits(ids):
            llama.reset()
            llama.eval(ids)
            return numpy.array(llama.scores[len(ids) - 1])

        scores = llama_logits(prompt)
        difference = float(abs(scores - expected[-1]).max())
        report("here → llama.cpp, logits", difference < 1e-2, f"largest difference {difference:.1e}")
        theirs, margin = greedy(llama_logits, prompt, context, arguments.tokens)
        compare("llama.cpp, greedy tokens", ours, theirs, margin)
        text = "To be, or not to be"
        if arguments.text:
            here = PreTrainedTokenizerFast.from_pretrained(source)(text)["input_ids"]
            there = llama.tokenize(text.encode(), add_bos=False)
            report("llama.cpp, tokens of a text", here == there, f"{len(there)} tokens")
    sys.exit(1 if failures else 0)


main()
