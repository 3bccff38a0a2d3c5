"""Statistics and constraints of columns, in the shape of SageMaker Model Monitor's files.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
"""

from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np
from quantile_sketch import C, K, QuantileSketch

FRACTIONAL, INTEGRAL, STRING, UNKNOWN = "Fractional", "Integral", "String", "Unknown"
# Longer lists of values are ids rather than domains, and would fill the files.
MAX_DOMAIN = 1000
_BUCKETS = 10


class NumericStatistics:
    """Moments, extremes and the distribution of a column of numbers, batch by batch."""

    def __init__(self, name: str, integral: bool) -> None:
        self.name, self._integral = name, integral
        self._present = self._missing = 0
        self._mean = self._squares = 0.0
        self._low, self._high = math.inf, -math.inf
        self._sketch = QuantileSketch()

    def add(self, values: np.ndarray) -> None:
        """Add a batch; NaN is a missing value."""
        found = values[~np.isnan(values)].astype(np.float64)
        self._missing += len(values) - len(found)
        if not len(found):
            return
        # Chan, Golub, LeVeque: means and squared deviations of two parts, without cancellation.
        total, mean = self._present + len(found), float(found.mean())
        self._squares += float(((found - mean) ** 2).sum())
        self._squares += (mean - self._mean) ** 2 * self._present * len(found) / total
        self._mean += (mean - self._mean) * len(found) / total
        self._present = total
        self._low, self._high = min(self._low, float(found.min())), max(self._high, float(found.max()))
        self._sketch.add(found)

    def statistics(self) -> dict[str, Any]:
        """The entry of statistics.json."""
        common = {"num_present": self._present, "num_missing": self._missing}
        if not self._present:
            return {"name": self.name, "inferred_type": UNKNOWN, "numerical_statistics": {"common": common}}
        return {
            "name": self.name,
            "inferred_type": INTEGRAL if self._integral else FRACTIONAL,
            "numerical_statistics": {
                "common": common,
                "mean": self._mean,
                "sum": self._mean * self._present,
                "std_dev": math.sqrt(self._squares / self._present),
                "min": self._low,
                "max": self._high,
                "distribution": {"kll": self._distribution()},
            },
        }

    def constraints(self) -> dict[str, Any]:
        """The entry of constraints.json."""
        if not self._present:
            return {"name": self.name, "inferred_type": UNKNOWN, "completeness": 0.0}
        return {
            "name": self.name,
            "inferred_type": INTEGRAL if self._integral else FRACTIONAL,
            "completeness": self._present / (self._present + self._missing),
            "num_constraints": {"is_non_negative": self._low >= 0},
        }

    def _distribution(self) -> dict[str, Any]:
        # A column of one value has one bucket.
        edges = np.linspace(self._low, self._high, _BUCKETS + 1)
        edges = edges if (np.diff(edges) > 0).all() else np.array([self._low, self._high])
        counts = self._sketch.counts(edges).tolist()
        buckets = [
            {"lower_bound": float(edges[i]), "upper_bound": float(edges[i + 1]), "count": count}
            for i, count in enumerate(counts)
        ]
        sketch = {
            "parameters": {"c": C, "k": K},
            "data": [level.tolist() for level in self._sketch.levels],
        }
        return {"buckets": buckets, "sketch": sketch}


class CategoryStatistics:
    """How often each category of a column occurs, batch by batch."""

    def __init__(self, name: str, categories: Sequence[str]) -> None:
        self.name, self._categories = name, categories
        self._counts = np.zeros(len(categories), np.int64)
        self._missing = 0

    def add(self, codes: np.ndarray) -> None:
        """Add a batch of positions among the categories; NaN is a missing value."""
        found = codes[~np.isnan(codes)].astype(np.int64)
        self._missing += len(codes) - len(found)
        self._counts += np.bincount(found, minlength=len(self._counts))

    def statistics(self) -> dict[str, Any]:
        """The entry of statistics.json, with the most frequent categories."""
        present = int(self._counts.sum())
        common = {"num_present": present, "num_missing": self._missing}
        order = np.argsort(-self._counts, kind="stable")[:MAX_DOMAIN].tolist()
        buckets = [{"value": self._categories[i], "count": int(self._counts[i])} for i in order]
        return {
            "name": self.name,
            "inferred_type": STRING,
            "string_statistics": {
                "common": common,
                "distinct_count": float(np.count_nonzero(self._counts)),
                "distribution": {"categorical": {"buckets": [each for each in buckets if each["count"]]}},
            },
        }

    def constraints(self) -> dict[str, Any]:
        """The entry of constraints.json; its domain is left out where it would be too long."""
        total = int(self._counts.sum()) + self._missing
        found: dict[str, Any] = {
            "name": self.name,
            "inferred_type": STRING,
            "completeness": int(self._counts.sum()) / total,
        }
        if 0 < len(self._categories) <= MAX_DOMAIN:
            found["string_constraints"] = {"domains": list(self._categories)}
        return found
