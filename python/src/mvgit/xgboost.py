"""XGBoost: `xgboost.train(…, callbacks=[mvgit.xgboost.Callback()])`, also of its scikit-learn classes and `cv`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mvgit import _log
from mvgit._callbacks import base_of

_Base: Any = base_of(("xgboost.callback",), "TrainingCallback")

#: Of the configuration, what says how it learns; the rest is what follows from that.
_SECTIONS = ("learner_train_param", "objective", "gradient_booster")


class Callback(_Base):  # type: ignore[misc]
    """Logs the parameters, the scores of each iteration as `DATA.METRIC`, and at the end the best iteration.

    Iterations count on where a model is trained further. Of several processes the first logs.
    """

    def __init__(self) -> None:
        super().__init__()
        self._start = 0
        self._best: Any = None

    def before_training(self, model: Any) -> Any:
        try:
            self._start = model.num_boosted_rounds()
            # One that is trained further still says what was the best before.
            self._best = _best(model)
            if _is_first():
                # Of cross-validation there are several, alike.
                one = model.cvfolds[0].bst if hasattr(model, "cvfolds") else model
                learner = json.loads(one.save_config())["learner"]
                _log.params(_settings({name: learner.get(name) for name in _SECTIONS}))
        except Exception:
            pass
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Any]]) -> bool:
        try:
            if _is_first():
                scores: dict[str, Any] = {}
                for data, of_metrics in evals_log.items():
                    for metric, values in of_metrics.items():
                        last = values[-1]
                        scores["%s.%s" % (data, metric)] = last[0] if isinstance(last, tuple) else last
                _log.log(scores, iteration=self._start + epoch)
        except Exception:
            pass
        return False

    def after_training(self, model: Any) -> Any:
        try:
            best = _best(model)
            if best is not None and best != self._best and _is_first():
                _log.metrics(best_iteration=int(best[0]), best_score=float(best[1]))
        except Exception:
            pass
        return model


def _best(model: Any) -> tuple[str, str] | None:
    """As early stopping keeps it in the model, or in those of cross-validation."""
    best, score = model.attr("best_iteration"), model.attr("best_score")
    return None if best is None or score is None else (best, score)


def _is_first() -> bool:
    return bool(base_of(("xgboost.collective",), "get_rank")() == 0)


def _settings(value: Any) -> dict[str, Any]:
    """The single values by their own names: those of XGBoost are each there once, deep in sections."""
    found: dict[str, Any] = {}
    for name, each in value.items() if isinstance(value, Mapping) else ():
        if isinstance(each, Mapping):
            found.update(_settings(each))
        elif isinstance(each, str) and name != "name":
            found[name] = _number(each)
    return found


def _number(text: str) -> Any:
    """As a number, where it is one. XGBoost has those of 32 bits, and tells more digits than these hold."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float("%.7g" % float(text))
    except ValueError:
        return text
