"""The two networks that squeeze tracks into a code, and the losses they are trained by.

Imports torch, so it is imported inside functions only. Fitting them is autoencoders.py's.
"""

from typing import Any

import torch
from skorch import NeuralNet
from skorch.callbacks import PassthroughScoring
from torch import nn

HIDDEN, CODE = 128, 64
"""The study's layers: input-128-64-input."""
LATENT = 8
"""Columns of the VAE's latent space; the study gives none. Of 8 some stay unused already."""


class Autoencoder(nn.Module):
    """The study's self-supervised MLP, input-128-64-input with ReLU after both hidden layers."""

    def __init__(self, columns: int):
        super().__init__()
        self.encoder = nn.Sequential(_hidden_layers(columns))
        self.decoder = nn.Linear(CODE, columns)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """The reconstruction: float32, like `points` of shape (rows, columns)."""
        return self.decoder(self.encoder(points))

    def encode(self, points: torch.Tensor) -> torch.Tensor:
        """The code: float32 (rows, 64), none of it negative."""
        return self.encoder(points)


class VariationalAutoencoder(nn.Module):
    """Kingma & Welling 2014, "Auto-Encoding Variational Bayes": input-128-64-8-64-128-input.

    Normal prior and posterior; the likelihood is normal with variance 1, as points are
    standardised.
    """

    def __init__(self, columns: int):
        super().__init__()
        self.encoder = _hidden_layers(columns)
        self.mean, self.log_variance = nn.Linear(CODE, LATENT), nn.Linear(CODE, LATENT)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, CODE), nn.ReLU(), nn.Linear(CODE, HIDDEN), nn.ReLU(),
            nn.Linear(HIDDEN, columns),
        )  # fmt: skip

    def forward(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Reconstruction (rows, columns) of one draw a row; mean and log variance (rows, 8)."""
        hidden = self.encoder(points)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        drawn = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        return self.decoder(drawn), mean, log_variance

    def encode(self, points: torch.Tensor) -> torch.Tensor:
        """The posterior's mean: float32 (rows, 8)."""
        return self.mean(self.encoder(points))


class ReconstructionNet(NeuralNet):
    """skorch's net for the autoencoder: the loss is the mean squared error of the input."""

    parts = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, criterion=nn.MSELoss, **kwargs)


class VAENet(NeuralNet):
    """skorch's net for the VAE: the loss is the negative evidence lower bound, nats a track.

    Its two parts go to the history beside their sum: reconstruction (half the squared error over
    all columns; the likelihood's constant is left out) and kl (divergence from the prior).
    """

    parts = ("reconstruction", "kl")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, criterion=nn.MSELoss, **kwargs)

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        passed = [
            (name, PassthroughScoring(name, on_train=training))
            for training in (True, False)
            for name in (_recorded(part, training) for part in self.parts)
        ]
        return [*super()._default_callbacks, *passed]

    def get_loss(self, y_pred: Any, y_true: Any, *_: Any, training: bool = False, **__: Any) -> Any:
        """The mean negative evidence lower bound of a batch; skorch passes more than it takes."""
        rebuilt, mean, log_variance = y_pred
        squares = (rebuilt - y_true.to(rebuilt.device)).square()
        divergence = mean.square() + log_variance.exp() - log_variance - 1
        values = [(part / 2).sum(dim=1).mean() for part in (squares, divergence)]
        for part, value in zip(self.parts, values, strict=True):
            self.history.record_batch(_recorded(part, training), value.item())
        return sum(values)


def _recorded(part: str, training: bool) -> str:
    return f"{'train' if training else 'valid'}_{part}"


def _hidden_layers(columns: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(columns, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CODE), nn.ReLU())
