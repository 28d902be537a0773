#!/usr/bin/env python3
"""Makes the golden files of this folder that come from Hugging Face's transformers.

    python3 make_transformers.py            writes processors.json and beams.json
    python3 make_transformers.py --check    writes nothing; compares a fresh run with the files

The committed files were made with Python 3.11, PyTorch 2.15.0 and transformers 5.23.0 on Linux
x86-64. Every number comes from a fixed seed.

processors.json: for each case the logits after one or more processors of
`transformers.generation.logits_process`, `null` for minus infinity. beams.json: what
`generate(num_beams=…)` finds with the tiny GPT-2 in `../Interchange/gpt2`.
"""

import json
import math
import sys
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel
from transformers.generation import logits_process as lp

FOLDER = Path(__file__).resolve().parent
HISTORY = [3, 7, 7, 1, 12, 7, 3, 40, 1, 12]


def numbers(tensor):
    return [None if math.isinf(x) else x for x in tensor.tolist()]


def processors():
    generator = torch.Generator().manual_seed(6)
    logits = {
        "wide": torch.randn(1, 48, generator=generator) * 3,
        "flat": torch.randn(1, 48, generator=generator) * 0.3,
        "large": torch.randn(1, 2000, generator=generator) * 2,
    }
    cases = {
        "temperature 0.7": [lp.TemperatureLogitsWarper(0.7)],
        "temperature 1.9": [lp.TemperatureLogitsWarper(1.9)],
        "topK 1": [lp.TopKLogitsWarper(1)],
        "topK 5": [lp.TopKLogitsWarper(5)],
        "topK 5000": [lp.TopKLogitsWarper(5000)],
        "topP 0.3": [lp.TopPLogitsWarper(0.3)],
        "topP 0.9": [lp.TopPLogitsWarper(0.9)],
        "topP 0": [lp.TopPLogitsWarper(0.0)],
        "topP 0.3 keeping 7": [lp.TopPLogitsWarper(0.3, min_tokens_to_keep=7)],
        "minP 0.1": [lp.MinPLogitsWarper(0.1)],
        "minP 0.6 keeping 4": [lp.MinPLogitsWarper(0.6, min_tokens_to_keep=4)],
        "minP 1": [lp.MinPLogitsWarper(1.0)],
        "typicalP 0.2": [lp.TypicalLogitsWarper(0.2)],
        "typicalP 0.9": [lp.TypicalLogitsWarper(0.9)],
        "typicalP 0.2 keeping 6": [lp.TypicalLogitsWarper(0.2, min_tokens_to_keep=6)],
        "repetitionPenalty 1.3": [lp.RepetitionPenaltyLogitsProcessor(1.3)],
        "repetitionPenalty 0.8": [lp.RepetitionPenaltyLogitsProcessor(0.8)],
        "logitBias": [lp.SequenceBiasLogitsProcessor({(4,): 2.5, (7,): -1.25, (40,): -math.inf})],
        "bannedTokens": [lp.SuppressTokensLogitsProcessor([0, 7, 30])],
        "bannedSequences": [
            lp.NoBadWordsLogitsProcessor([[5], [1, 12, 9], [12, 20], [40, 12, 21]], eos_token_id=2)
        ],
        "minimumLength reached": [lp.MinNewTokensLengthLogitsProcessor(4, 6, [2, 9])],
        "minimumLength short": [lp.MinNewTokensLengthLogitsProcessor(4, 7, [2, 9])],
        "order of Hugging Face": [
            lp.RepetitionPenaltyLogitsProcessor(1.2),
            lp.SuppressTokensLogitsProcessor([0, 30]),
            lp.TemperatureLogitsWarper(0.7),
            lp.TopKLogitsWarper(30),
            lp.TopPLogitsWarper(0.95),
            lp.MinPLogitsWarper(0.02),
            lp.TypicalLogitsWarper(0.9),
        ],
        "temperature last": [
            lp.TopKLogitsWarper(30),
            lp.TopPLogitsWarper(0.95),
            lp.MinPLogitsWarper(0.02),
            lp.TemperatureLogitsWarper(0.7),
        ],
    }
    history = torch.tensor([HISTORY])
    result = {}
    for name, stages in cases.items():
        for kind, given in logits.items():
            if kind == "large" and not name.startswith(("topP", "typicalP", "order")):
                continue
            scores = given.clone()
            for stage in stages:
                scores = stage(history, scores)
            result[f"{name}, {kind}"] = {"case": name, "logits": kind, "after": numbers(scores[0])}
    return {
        "history": HISTORY,
        "promptCount": 4,
        "logits": {kind: given[0].tolist() for kind, given in logits.items()},
        "cases": result,
    }


def beams():
    model = GPT2LMHeadModel.from_pretrained(FOLDER.parent / "Interchange" / "gpt2").eval()
    result = []
    for prompt in ([1, 2, 3], [11]):
        for num_beams, penalty, stopping, end, new in [
            (3, 1.0, False, None, 6),
            (4, 1.0, True, [65], 8),
            (4, 1.0, False, [65], 8),
            (4, 0.0, "never", [65], 8),
            (4, 2.0, "never", [71, 85], 8),
            (3, -1.0, False, [71, 65, 17], 8),
            (2, 1.0, True, [3, 65], 8),
            (5, 1.0, True, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29], 10),
            (5, 0.6, False, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29], 10),
            (5, 1.5, "never", [2, 3, 5, 7, 11, 13, 17, 19, 23, 29], 10),
        ]:
            with torch.no_grad():
                out = model.generate(
                    torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=int),
                    num_beams=num_beams, num_return_sequences=num_beams, max_new_tokens=new,
                    length_penalty=penalty, early_stopping=stopping, do_sample=False,
                    eos_token_id=end, pad_token_id=0, return_dict_in_generate=True,
                    output_scores=True,
                )
            found = []
            for sequence, score, beam in zip(
                out.sequences.tolist(), out.sequences_scores.tolist(), out.beam_indices.tolist()
            ):
                length = sum(1 for index in beam if index >= 0)
                found.append({"tokens": sequence[len(prompt) :][:length], "score": score})
            result.append(
                {
                    "prompt": prompt, "beams": num_beams, "lengthPenalty": penalty,
                    "stopping": {True: "whenFull", False: "heuristic", "never": "never"}[stopping],
                    "endTokens": end or [], "maximumTokens": new, "found": found,
                }
            )
    return result


def main():
    for name, value in {"processors.json": processors(), "beams.json": beams()}.items():
        path = FOLDER / name
        text = json.dumps(value, separators=(",", ":")) + "\n"
        if "--check" in sys.argv:
            print(name, "is the same" if path.read_text() == text else "DIFFERS")
        else:
            path.write_text(text)


if __name__ == "__main__":
    main()
