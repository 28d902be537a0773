"""Makes gpt2/: a tiny GPT-2 of transformers, randomly initialised, with what it answers.

    python make_gpt2.py      # needs torch, transformers, safetensors

gpt2/ is what save_pretrained wrote. expected.safetensors holds the ids of one text, the logits
after each of them, and those of the same weights with the exact GELU. The weights are drawn wider
than a new model's, so that a layer read wrongly shows.
"""
import pathlib

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

here = pathlib.Path(__file__).parent
torch.manual_seed(20)
config = GPT2Config(
    vocab_size=97, n_positions=24, n_embd=32, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=2,
    initializer_range=0.2)
model = GPT2LMHeadModel(config).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            parameter += 0.2 * torch.randn_like(parameter)
model.save_pretrained(here / "gpt2")

tokens = (torch.arange(24) * 7 + 3) % 97
with torch.no_grad():
    logits = model(tokens[None]).logits[0]
    exact = GPT2Config(**{**config.to_dict(), "activation_function": "gelu"})
    other = GPT2LMHeadModel(exact).eval()
    other.load_state_dict(model.state_dict())
    exact_logits = other(tokens[None]).logits[0]
save_file(
    {"tokens": tokens, "logits": logits, "gelu_logits": exact_logits},
    here / "gpt2" / "expected.safetensors")
