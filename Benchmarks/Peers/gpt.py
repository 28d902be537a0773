"""The GPT that MiniGPT trains, in PyTorch, written as PyTorch programs usually write it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Configuration:
    vocabulary: int
    width: int
    layers: int
    heads: int
    context: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be divided into {self.heads} heads")


class Attention(nn.Module):
    def __init__(self, configuration: Configuration):
        super().__init__()
        self.heads = configuration.heads
        self.query_key_value = nn.Linear(configuration.width, 3 * configuration.width)
        self.output = nn.Linear(configuration.width, configuration.width)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        query, key, value = (
            part.view(batch, time, self.heads, width // self.heads).transpose(1, 2)
            for part in self.query_key_value(x).split(width, dim=2)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.output(mixed.transpose(1, 2).reshape(batch, time, width))


class Block(nn.Module):
    def __init__(self, configuration: Configuration):
        super().__init__()
        self.attention_norm = nn.LayerNorm(configuration.width)
        self.attention = Attention(configuration)
        self.feed_forward_norm = nn.LayerNorm(configuration.width)
        self.up = nn.Linear(configuration.width, 4 * configuration.width)
        self.down = nn.Linear(4 * configuration.width, configuration.width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x))
        hidden = functional.gelu(self.up(self.feed_forward_norm(x)), approximate="tanh")
        return x + self.down(hidden)


class GPT(nn.Module):
    """GPT-2's layout and initialisation: pre-norm, biases, learned positions, tied head."""

    def __init__(self, configuration: Configuration):
        super().__init__()
        width = configuration.width
        self.token_embedding = nn.Embedding(configuration.vocabulary, width)
        self.position_embedding = nn.Embedding(configuration.context, width)
        self.blocks = nn.ModuleList(Block(configuration) for _ in range(configuration.layers))
        self.final_norm = nn.LayerNorm(width)

        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for block in self.blocks:
            for projection in (block.attention.output, block.down):
                nn.init.normal_(
                    projection.weight, std=0.02 / math.sqrt(2 * configuration.layers)
                )

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss; both `[batch, time]`, int64."""
        positions = torch.arange(inputs.shape[1], device=inputs.device)
        x = self.token_embedding(inputs) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x)
        logits = functional.linear(self.final_norm(x), self.token_embedding.weight)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())


def adamw(model: GPT, learning_rate: float, implementation: str = "fused") -> torch.optim.AdamW:
    """AdamW with nanoGPT's numbers: betas 0.9 and 0.99, decay 0.1 on matrices only.

    `implementation` is `fused`, `foreach` or `loop`; the last is PyTorch's default on a CPU.
    """
    parameters = list(model.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.1},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        betas=(0.9, 0.99),
        fused=implementation == "fused",
        foreach=implementation == "foreach",
    )
