"""Hugging Face's Trainer: `Trainer(…, callbacks=[mvgit.huggingface.Callback()])`, also of TRL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mvgit import _log
from mvgit._callbacks import base_of, numbers_of

_Base: Any = base_of(("transformers",), "TrainerCallback")

#: Where files go and how much is said: nothing that a model learns by.
_ASIDE = ("output_dir", "logging_dir", "run_name", "report_to", "hub_token", "push_to_hub_token")


class Callback(_Base):  # type: ignore[misc]
    """Logs the training arguments, the model's configuration, and what the Trainer logs, from the first process alone.

    `track`: also names the folder to which the Trainer saved the best model, or else the newest, as weights.
    """

    def __init__(self, track: bool = False) -> None:
        super().__init__()
        self._tracks = track
        self._saved: str | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._saved = None
        if not getattr(state, "is_world_process_zero", True):
            return
        try:
            settings = {name: value for name, value in args.to_dict().items() if name not in _ASIDE}
            config = getattr(kwargs.get("model"), "config", None)
            _log.params({} if config is None else {"model": config}, settings)
        except Exception:
            pass

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if not getattr(state, "is_world_process_zero", True):
            return
        try:
            _log.log(numbers_of(logs), step=state.global_step)
        except Exception:
            pass

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._saved = "%s/checkpoint-%s" % (getattr(args, "output_dir", "."), getattr(state, "global_step", 0))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        best = getattr(state, "best_model_checkpoint", None) or self._saved
        if self._tracks and best and getattr(state, "is_world_process_zero", True):
            _log.track(best)
