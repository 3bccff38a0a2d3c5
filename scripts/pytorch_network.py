"""The network: a text encoder, embeddings of categories and standardised numbers, joined by a small head."""

from __future__ import annotations

from typing import NamedTuple, Sequence

import torch
from torch import nn

EMBEDDING_SIZE = 50  # at most; a column of few categories gets about half their number


class Layout(NamedTuple):
    """What the network reads. Columns of the tabular input: the numeric ones first, then the categories.

    Attributes:
        means, deviations: of each numeric column over the training rows.
        categories: for each categorical column, how many values training saw.
        text_fields: how many texts a record has.
    """

    means: Sequence[float]
    deviations: Sequence[float]
    categories: Sequence[int]
    text_fields: int


class TextTabularNetwork(nn.Module):
    """Gives one logit per record.

    Arguments:
        encoder: a Hugging Face encoder; each text becomes the mean of its token states.
        layout: the inputs.
        hidden_size: units of the head's hidden layer.
        dropout: share of units left out during training.
    """

    def __init__(self, encoder: nn.Module, layout: Layout, hidden_size: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.numeric = len(layout.means)
        self.register_buffer("means", torch.tensor(layout.means, dtype=torch.float32))
        self.register_buffer("deviations", torch.tensor(layout.deviations, dtype=torch.float32))
        sizes = [min(EMBEDDING_SIZE, (count + 1) // 2 + 1) for count in layout.categories]
        # Position 0 stands for a missing value and for one that training never saw.
        self.embeddings = nn.ModuleList(
            nn.Embedding(count + 1, size) for count, size in zip(layout.categories, sizes, strict=True)
        )
        width = layout.text_fields * encoder.config.hidden_size + 2 * self.numeric + sum(sizes)
        self.head = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_size, 1),
        )

    def forward(self, tabular: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One logit per record.

        Arguments:
            tabular: [records, columns], missing values as NaN, categories as positions.
            ids, mask: [records, text fields, tokens].
        """
        parts = [self._texts(ids, mask)]
        missing = torch.isnan(tabular)
        if self.numeric:
            absent = missing[:, : self.numeric]
            # Zero first: a NaN would reach the gradient even where its result is not used.
            known = torch.where(absent, self.means, tabular[:, : self.numeric])
            parts += [(known - self.means) / self.deviations, absent.to(tabular.dtype)]
        for index, embedding in enumerate(self.embeddings):
            column = self.numeric + index
            codes = torch.where(missing[:, column], -1.0, tabular[:, column]).long() + 1
            parts.append(embedding(codes))
        return self.head(torch.cat(parts, dim=1)).squeeze(1)

    def _texts(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        rows, _, length = ids.shape
        flat = mask.reshape(-1, length)
        states = self.encoder(input_ids=ids.reshape(-1, length), attention_mask=flat).last_hidden_state
        weights = flat.unsqueeze(2).to(states.dtype)
        means = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
        return means.reshape(rows, -1)


class Probability(nn.Module):
    """The network with its logit turned into the probability of the positive class."""

    def __init__(self, network: TextTabularNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tabular: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One probability per record."""
        return torch.sigmoid(self.network(tabular, ids, mask))
