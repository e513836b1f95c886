"""Keras 3, and that of TensorFlow 2: `model.fit(…, callbacks=[mvgit.keras.Callback()])`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mvgit import _log
from mvgit._callbacks import base_of, numbers_of

_Base: Any = base_of(("keras.callbacks", "tensorflow.keras.callbacks"), "Callback")


class Callback(_Base):  # type: ignore[misc]
    """Logs the settings of `fit` and of the optimizer, and the scores of each epoch, counted from 0 as Keras does."""

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        try:
            settings = {name: value for name, value in dict(self.params or {}).items() if name != "verbose"}
            optimizer = getattr(self.model, "optimizer", None)
            if optimizer is not None:
                settings["optimizer"] = {"class": type(optimizer).__name__, **optimizer.get_config()}
            _log.params(settings)
        except Exception:
            pass

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        try:
            _log.log(numbers_of(logs), epoch=epoch)
        except Exception:
            pass
