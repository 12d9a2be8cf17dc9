"""The multilayer perceptrons, one or several sharing weights, and the loss they are trained by.

Imports torch, so it is imported inside functions only. Fitting them is mlp.py's. Layers are those
of the papers' authors: tabm's, and rtdl_num_embeddings' for numbers.
"""

from typing import Any

import torch
from rtdl_num_embeddings import PeriodicEmbeddings
from tabm import MLPBackbone, TabM
from torch import nn


def perceptrons(
    columns: int,
    outputs: int,
    *,
    members: int,
    width: int,
    blocks: int,
    dropout: float,
    frequencies: int,
    frequency_scale: float,
    embedding_width: int,
) -> nn.Module:
    """Called with numbers, float32 (rows, columns); gives float32 (rows, members, outputs).

    Gorishniy et al. 2022, "On Embeddings for Numerical Features in Tabular Deep Learning": each
    column is turned into sines and cosines of learnt frequencies before the first layer. Gorishniy
    et al. 2025, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling":
    members share all weights but a scale of each layer's inputs and outputs, and their last layer.
    """
    embedded = None
    if frequencies:
        embedded = PeriodicEmbeddings(
            columns, embedding_width, n_frequencies=frequencies,
            frequency_init_scale=frequency_scale, lite=False,
        )  # fmt: skip
    if members > 1:
        return TabM.make(
            n_num_features=columns, d_out=outputs, num_embeddings=embedded, k=members,
            d_block=width, n_blocks=blocks, dropout=dropout,
        )  # fmt: skip
    return Perceptron(columns, outputs, embedded, width=width, blocks=blocks, dropout=dropout)


class Perceptron(nn.Module):
    """One member alone, answering as several do."""

    def __init__(self, columns: int, outputs: int, embedded: Any, *, width: int, **sizes: Any):
        super().__init__()
        inputs = columns if embedded is None else embedded.get_output_shape().numel()
        self.embedded = nn.Identity() if embedded is None else embedded
        self.layers = nn.Sequential(
            nn.Flatten(),
            MLPBackbone(d_in=inputs, d_block=width, n_blocks=sizes.pop("blocks"), **sizes),
            nn.Linear(width, outputs),
        )

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """float32 (rows, 1, outputs) of (rows, columns)."""
        return self.layers(self.embedded(numbers))[:, None]


class SquaredLoss(nn.Module):
    """Of each member while training, of their mean for validation: the mean squared error."""

    def forward(self, predicted: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Of predictions (rows, members, 1) of the target (rows, 1)."""
        if not self.training:
            predicted = predicted.mean(dim=1, keepdim=True)
        return (predicted - y[:, None]).square().mean()


class LogLoss(nn.Module):
    """Of each member while training, of their mean probability for validation, in nats."""

    def forward(self, predicted: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Of logits (rows, members, classes) of classes, int64 (rows,)."""
        logs = predicted.log_softmax(dim=2)
        if not self.training:
            members = torch.tensor(logs.shape[1], device=logs.device)
            logs = logs.logsumexp(dim=1, keepdim=True) - members.log()
        of_the_true = logs.gather(2, y[:, None, None].expand(-1, logs.shape[1], 1))
        return -of_the_true.mean()
