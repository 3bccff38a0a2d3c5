"""ROC, precision-recall and calibration plots as PNG, drawn without a display and without pyplot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

BLUE, GREY = "#1f5fa8", "#8a8f98"
DPI = 120
CURVE_POINTS = 2000  # more than a plot has pixels
CALIBRATION_BINS = 10


def write_plots(directory: Path, labels: np.ndarray, scores: np.ndarray, title: str) -> None:
    """Write roc_curve.png, precision_recall_curve.png and calibration_curve.png.

    Arguments:
        directory: where to write them.
        labels: 0 or 1 for each record; both occur.
        scores: the probability of class 1 for each record.
        title: what was scored, for the second line of each title.
    """
    plot_roc(directory / "roc_curve.png", labels, scores, title)
    plot_precision_recall(directory / "precision_recall_curve.png", labels, scores, title)
    plot_calibration(directory / "calibration_curve.png", labels, scores, title)


def plot_roc(path: Path, labels: np.ndarray, scores: np.ndarray, title: str) -> None:
    """Draw the true positive rate over the false positive rate, with the AUC in the title."""
    false_positive, true_positive, _ = roc_curve(labels, scores)
    figure, axes = _figure(f"ROC curve, AUC {roc_auc_score(labels, scores):.4f}", title)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="chance")
    axes.plot(*_thin(false_positive, true_positive), color=BLUE, linewidth=2, label="model")
    axes.set_xlabel("False positive rate")
    axes.set_ylabel("True positive rate (recall)")
    _finish(figure, axes, path, "lower right")


def plot_precision_recall(path: Path, labels: np.ndarray, scores: np.ndarray, title: str) -> None:
    """Draw precision over recall, with the average precision in the title and the base rate as a line."""
    precision, recall, _ = precision_recall_curve(labels, scores)
    area, base = average_precision_score(labels, scores), float(np.mean(labels))
    figure, axes = _figure(f"Precision-recall curve, average precision {area:.4f}", title)
    axes.axhline(base, color=GREY, linestyle="--", linewidth=1, label=f"all positive ({base:.1%} are)")
    axes.plot(*_thin(recall, precision), color=BLUE, linewidth=2, label="model")
    axes.set_xlabel("Recall")
    axes.set_ylabel("Precision")
    _finish(figure, axes, path, "upper right")


def plot_calibration(path: Path, labels: np.ndarray, scores: np.ndarray, title: str) -> None:
    """Draw the observed over the predicted rate in bins of equal width, and how many records each holds."""
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    bins = np.clip(np.digitize(scores, edges[1:-1]), 0, CALIBRATION_BINS - 1)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    filled = counts > 0
    predicted = np.bincount(bins, scores, CALIBRATION_BINS)[filled] / counts[filled]
    observed = np.bincount(bins, labels, CALIBRATION_BINS)[filled] / counts[filled]
    brier = float(np.mean((scores - labels) ** 2))
    figure = Figure(figsize=(6.4, 6.8), constrained_layout=True)
    FigureCanvasAgg(figure)
    axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
    axes.set_title(f"Calibration, Brier score {brier:.4f}\n{title}", fontsize=12)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect calibration")
    axes.plot(predicted, observed, color=BLUE, linewidth=2, marker="o", label="model")
    axes.set_ylabel("Observed rate of positives")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(loc="upper left", frameon=False)
    centres = (edges[:-1] + edges[1:]) / 2
    below.bar(centres[filled], counts[filled], width=0.09, color=BLUE, alpha=0.6)
    below.set_yscale("log")
    below.set_ylim(0.5, counts.max() * 8)
    for at in np.flatnonzero(counts):
        place = (centres[at], counts[at])
        below.annotate(f"{counts[at]:,}", place, (0, 3), textcoords="offset points", ha="center", fontsize=8)
    below.set_xlabel("Predicted probability (mean of the bin)")
    below.set_ylabel("Records (log)")
    for each in (axes, below):
        each.grid(alpha=0.25)
        each.set_xlim(-0.02, 1.02)
    figure.savefig(path, dpi=DPI)


def _figure(headline: str, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 5.4), constrained_layout=True)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_title(f"{headline}\n{title}", fontsize=12)
    return figure, axes


def _finish(figure: Figure, axes: Axes, path: Path, legend: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(alpha=0.25)
    axes.legend(loc=legend, frameon=False)
    figure.savefig(path, dpi=DPI)


def _thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """About CURVE_POINTS of a curve's points, spread evenly along its length, with both ends."""
    if len(x) <= CURVE_POINTS:
        return x, y
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    kept = np.searchsorted(length, np.linspace(0, length[-1], CURVE_POINTS))
    kept = np.unique(np.concatenate([[0], kept, [len(x) - 1]]))
    return x[kept], y[kept]
