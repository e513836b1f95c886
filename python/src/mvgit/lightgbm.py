"""LightGBM: `lightgbm.train(…, callbacks=[mvgit.lightgbm.Callback()])`, also of its scikit-learn classes."""

from __future__ import annotations

from typing import Any

from mvgit import _log


class Callback:
    """Logs the parameters, and the scores of each iteration as `DATA.METRIC`; of cross-validation their means."""

    #: After those that LightGBM evaluates with, before those that may end the training.
    order = 20
    before_iteration = False

    def __call__(self, env: Any) -> None:
        try:
            if env.iteration == env.begin_iteration:
                _log.params(env.params)
            scores: dict[str, Any] = {}
            # Four values each, of cross-validation a fifth; there the name of the data is in that of the metric.
            for data, metric, value, *_ in env.evaluation_result_list or []:
                scores[str(metric).replace(" ", ".") if data == "cv_agg" else "%s.%s" % (data, metric)] = value
            _log.log(scores, iteration=env.iteration)
        except Exception:
            # Training goes on, whatever becomes of its record.
            return
