"""Keras 3, and that of TensorFlow 2 (`tf_keras`): `model.fit(…, callbacks=[mvgit.keras.Callback()])`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from mvgit import _log
from mvgit._callbacks import base_of, is_first, numbers_of, shortest

_Base: Any = base_of(("keras.callbacks", "tf_keras.callbacks", "tensorflow.keras.callbacks"), "Callback")


class Callback(_Base):  # type: ignore[misc]
    """Logs the settings of `fit` and of the optimizer, and the scores of each epoch, counted from 0 as Keras does.

    Given to `evaluate`, it logs the scores of that, as `test_loss`. Of several processes the first logs. What other
    callbacks add to the scores (learning rates) is there where this one stands behind them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_fitting = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._is_fitting = True
        try:
            if not _is_first():
                return
            settings = {name: value for name, value in dict(self.params or {}).items() if name != "verbose"}
            optimizer = getattr(self.model, "optimizer", None)
            if optimizer is not None:
                # Its name is counted in each process: adam_3.
                of_it = {name: value for name, value in optimizer.get_config().items() if name != "name"}
                settings["optimizer"] = {"class": type(optimizer).__name__, **shortest(_log.plain(of_it))}
            _log.params(settings)
        except Exception:
            pass

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        try:
            if _is_first():
                _log.log(numbers_of(logs), epoch=epoch)
        except Exception:
            pass

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        # During `fit` it is the validation, of which the epoch tells.
        if self._is_fitting:
            return
        try:
            if _is_first():
                _log.metrics({"test_%s" % name: value for name, value in numbers_of(logs).items()})
        except Exception:
            pass

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._is_fitting = False

    # Keras 2 asks its callbacks these, and Keras 3's class, of which this one may be where both are loaded, knows no
    # answer.
    def _implements_train_batch_hooks(self) -> bool:
        return False

    def _implements_test_batch_hooks(self) -> bool:
        return False

    def _implements_predict_batch_hooks(self) -> bool:
        return False


def _is_first() -> bool:
    backend = getattr(getattr(sys.modules.get("keras"), "config", None), "backend", None)
    # JAX takes its devices when it is asked: only where it has them already.
    if callable(backend) and backend() == "jax":
        return bool(sys.modules["jax"].process_index() == 0)
    return is_first()
