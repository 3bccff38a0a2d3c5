"""One training run of the booster: progress, early stopping, and the cut after the best iteration."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

import xgboost as xgb

PROGRESS_ROUNDS = 10
# Passed to xgboost.train() itself; everything else is a parameter of the booster.
ARGUMENTS = ("num_round", "early_stopping_rounds", "eval_metric")


class Trained(NamedTuple):
    """A finished training: the booster, cut after its best iteration, and the metrics of each round."""

    booster: xgb.Booster
    best_iteration: int
    history: Mapping[str, Mapping[str, Sequence[float]]]


def metrics_text(history: Mapping[str, Mapping[str, Sequence[float]]], iteration: int) -> str:
    """The metrics after one round, in the form in which the contract's metric definitions read them."""
    names = {"val": "validation"}
    return "  ".join(
        f"{names.get(split, split)}:{metric}={values[iteration]:.6g}"
        for split, found in history.items()
        for metric, values in found.items()
    )


class Progress(xgb.callback.TrainingCallback):
    """Prints the metrics of every tenth round, so that a running job can be followed."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self._rounds = rounds

    def after_iteration(self, model: xgb.Booster, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """Never stops the training."""
        if (epoch + 1) % PROGRESS_ROUNDS == 0 or epoch in (0, self._rounds - 1):
            print(f"round {epoch + 1}/{self._rounds}  {metrics_text(evals_log, -1)}", flush=True)
        return False


def fit(matrices: Sequence[tuple[xgb.DMatrix, str]], parameters: Mapping[str, Any]) -> Trained:
    """Train, stop early where asked to, and cut the booster after its best iteration.

    The last of the `eval_metric`s decides when to stop; AUC is always recorded.
    """
    metrics = list(parameters["eval_metric"])
    metrics = metrics if "auc" in metrics else ["auc", *metrics]
    rounds = parameters["num_round"]
    callbacks: list[xgb.callback.TrainingCallback] = [Progress(rounds)]
    if "early_stopping_rounds" in parameters:
        callbacks.append(
            xgb.callback.EarlyStopping(
                rounds=parameters["early_stopping_rounds"], metric_name=metrics[-1], data_name="val"
            )
        )
    history: dict[str, dict[str, list[float]]] = {}
    booster = xgb.train(
        {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "eval_metric": metrics,
            **{name: value for name, value in parameters.items() if name not in ARGUMENTS},
        },
        matrices[0][0],
        num_boost_round=rounds,
        evals=list(matrices),
        evals_result=history,
        verbose_eval=False,
        callbacks=callbacks,
    )
    done = booster.num_boosted_rounds()
    best = booster.best_iteration if "early_stopping_rounds" in parameters else done - 1
    # Last, as the last value that SageMaker reads is the job's own.
    print(f"best iteration {best} of {done} rounds  {metrics_text(history, best)}", flush=True)
    return Trained(booster[: best + 1], best, history)
