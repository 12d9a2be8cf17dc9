"""The two networks that attend across a track's columns, from tab-transformer-pytorch.

Imports torch, so it is imported inside functions only. Fitting them is attention.py's.

Both come with the residual connections of their papers: the library's default, hyper-connections
with four streams, is another network and took eight times as long a step.
"""

from collections.abc import Sequence
from typing import Any

import torch
from tab_transformer_pytorch import FTTransformer, TabTransformer
from tab_transformer_pytorch.ft_transformer import NumericalEmbedder
from torch import nn
from x_mlps_pytorch import MLP


def tab_transformer(
    cardinalities: Sequence[int],
    numbers: int,
    *,
    width: int = 32,
    blocks: int = 4,
    heads: int = 4,
    hidden: int = 64,
    dropout: float = 0.0,
) -> nn.Module:
    """Huang et al. 2020, "TabTransformer: Tabular Data Modeling Using Contextual Embeddings".

    Each categorical column is a token, and tokens of one row attend to each other; numbers go
    through a layer norm past the attention, straight to the head, an MLP with one `hidden` layer.
    Called with codes, int64 (rows, len(cardinalities)), -1 for unknown, and numbers, float32
    (rows, numbers); gives float32 (rows, 1).
    """
    if not cardinalities:
        return Numbers(numbers, hidden)
    network = TabTransformer(
        categories=tuple(cardinalities), num_continuous=numbers, dim=width, depth=blocks,
        heads=heads, dim_head=width // heads, attn_dropout=dropout, ff_dropout=dropout,
        num_residual_streams=1,
    )  # fmt: skip
    # by itself it takes a single column of codes for one that lacks the dimension of columns
    network.categorical_embeds.auto_append_discrete_set_dim = False
    # the library sizes hidden layers as multiples of its input only, and forgets the activation
    network.mlp = MLP(width * len(cardinalities) + numbers, hidden, 1, activation=nn.ReLU())
    return Inputs(network)


def ft_transformer(
    cardinalities: Sequence[int],
    numbers: int,
    *,
    width: int = 32,
    blocks: int = 3,
    heads: int = 4,
    dropout: float = 0.1,
) -> nn.Module:
    """Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data": FT-Transformer.

    Every column is a token, numbers too (value times a vector plus a vector); the head reads the
    token that stands for the row. Called and answering as tab_transformer().
    """
    network = FTTransformer(
        categories=tuple(cardinalities), num_continuous=numbers, dim=width, depth=blocks,
        heads=heads, dim_head=width // heads, attn_dropout=dropout, ff_dropout=dropout,
        num_residual_streams=1,
    )  # fmt: skip
    tokens: Any = Tokens(cardinalities, numbers, width, network.num_special_tokens)
    network.embedding = tokens
    return Inputs(network)


class Inputs(nn.Module):
    """One name for the inputs of both networks, which skorch hands on by name."""

    def __init__(self, network: Any):
        super().__init__()
        self.network = network

    def forward(self, codes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """The network's answer, float32 (rows, 1)."""
        return self.network(codes, numbers)

    def attention(self, codes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """How much each token attends to each: float32 (blocks, rows, heads, tokens, tokens)."""
        _, weights = self.network(codes, numbers, return_attn=True)
        return weights


class Numbers(nn.Module):
    """What a TabTransformer is without a category: its head on normed numbers."""

    def __init__(self, numbers: int, hidden: int):
        super().__init__()
        self.head = nn.Sequential(
            nn.LayerNorm(numbers), MLP(numbers, hidden, 1, activation=nn.ReLU())
        )

    def forward(self, codes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """The network's answer, float32 (rows, 1); there are no codes."""
        return self.head(numbers)


class Tokens(nn.Module):
    """The paper's feature tokenizer: float32 (rows, columns, width).

    The library's own (0.6.1) gives numbers no bias, so that a number of 0, the mean of a
    standardised column, is no token at all; its NumericalEmbedder, which has one, lies unused.
    """

    first: torch.Tensor

    def __init__(self, cardinalities: Sequence[int], numbers: int, width: int, special: int):
        super().__init__()
        sizes = torch.tensor([size + special for size in cardinalities], dtype=torch.long)
        self.register_buffer("first", sizes.cumsum(0) - sizes)
        self.codes = nn.Embedding(max(1, int(sizes.sum())), width)
        self.numbers = NumericalEmbedder(width, numbers)

    def forward(self, values: tuple[torch.Tensor, torch.Tensor], **_: bool) -> torch.Tensor:
        """Tokens of (codes, numbers); options meant for the library's embedding are ignored."""
        codes, numbers = values
        return torch.cat([self.codes(codes + self.first), self.numbers(numbers)], dim=1)
