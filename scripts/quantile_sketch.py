"""A KLL sketch: the distribution of any number of values in a few thousand of them.

Source: Karnin, Lang, Liberty, "Optimal quantile approximation in streams" (FOCS 2016). With k = 2048 a rank
is off by about 0.1 % of the values. Where the paper tosses a coin this takes turns, so that the same
values in the same order always give the same sketch.
"""

from __future__ import annotations

import numpy as np

K, C = 2048, 0.64  # the parameters that Model Monitor writes into its own statistics
_LEAST = 8


class QuantileSketch:
    """Values by level: one on level n stands for 2**n of those that were added."""

    def __init__(self) -> None:
        self.levels: list[np.ndarray] = [np.empty(0)]
        self._turns = [0]

    def add(self, values: np.ndarray) -> None:
        """Add finite numbers."""
        self.levels[0] = np.concatenate([self.levels[0], values])
        level = 0
        while level < len(self.levels):
            if len(self.levels[level]) > self._capacity(level):
                self._compact(level)
            level += 1

    def counts(self, edges: np.ndarray) -> np.ndarray:
        """About how many values lie in each interval between ascending edges; the last one is closed."""
        found = np.zeros(len(edges) - 1)
        for level, kept in enumerate(self.levels):
            found += np.histogram(kept, edges)[0] * 2.0**level
        return found

    def _capacity(self, level: int) -> int:
        return max(_LEAST, int(K * C ** (len(self.levels) - 1 - level)))

    def _compact(self, level: int) -> None:
        """Hand every other value up; a value without a partner stays, so that no weight is lost."""
        if level + 1 == len(self.levels):
            self.levels.append(np.empty(0))
            self._turns.append(0)
        values = np.sort(self.levels[level])
        pairs = len(values) // 2 * 2
        turn = self._turns[level]
        self._turns[level] = 1 - turn
        self.levels[level] = values[pairs:]
        self.levels[level + 1] = np.concatenate([self.levels[level + 1], values[turn:pairs:2]])
