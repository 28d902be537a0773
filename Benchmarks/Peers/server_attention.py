"""Attention as `minigpt serve` shows it, against transformers' `output_attentions`.

    minigpt serve DIRECTORY --port 8080 &      # a model in Hugging Face's layout
    python server_attention.py http://127.0.0.1:8080 DIRECTORY [NAME]     # NAME: of several models

Prints the largest difference of all weights of all layers and heads, and of the rows' sums from 1.
"""

import os
import sys

# This folder has a file called tokenizers.py: the module must come from the installed packages.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != HERE]

import httpx
import torch
import transformers

base, directory = sys.argv[1:3]
name = sys.argv[3] if len(sys.argv) > 3 else None
model = transformers.GPT2LMHeadModel.from_pretrained(directory, attn_implementation="eager").eval()
size, length = model.config.vocab_size, min(64, model.config.n_positions)
torch.manual_seed(1)
tokens = torch.randint(size, (1, length))
with torch.no_grad():
    attentions = model(tokens, output_attentions=True).attentions

worst, sums = 0.0, 0.0
for layer, expected in enumerate(attentions):
    reply = httpx.post(f"{base}/api/attention",
                       json={"model": name, "tokens": tokens[0].tolist(), "layer": layer}, timeout=60)
    reply.raise_for_status()
    found = torch.tensor(reply.json()["heads"], dtype=torch.float64)
    worst = max(worst, (found - expected[0].double()).abs().max().item())
    sums = max(sums, (found.sum(-1) - 1).abs().max().item())
print(f"{len(attentions)} layers, {length} tokens: largest difference {worst:.2e}, "
      f"rows' sums from 1 {sums:.2e}")
assert worst < 1e-5 and sums < 1e-5
