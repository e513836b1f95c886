"""PyTorch Lightning, as `lightning` and as `pytorch_lightning`: `Trainer(callbacks=[mvgit.lightning.Callback()])`."""

from __future__ import annotations

from typing import Any

from mvgit import _log
from mvgit._callbacks import Changed, base_of

_Base: Any = base_of(("lightning.pytorch", "pytorch_lightning"), "Callback")


class Callback(_Base):  # type: ignore[misc]
    """Logs the hyperparameters that the module and the data module saved, and what they `log`, from the first rank.

    Scores are those of `trainer.callback_metrics`, every `log_every_n_steps` steps and at the end of each epoch of
    training, validation and test. `track`: also names the best checkpoint as weights.
    """

    def __init__(self, track: bool = False) -> None:
        super().__init__()
        self._tracks = track
        self._changed = Changed()

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        if not _is_first(trainer):
            return
        try:
            data = getattr(trainer, "datamodule", None)
            for each in (data, pl_module):
                settings = getattr(each, "hparams", None)
                if settings:
                    _log.params(settings)
            _log.params(
                max_epochs=getattr(trainer, "max_epochs", None),
                precision=getattr(trainer, "precision", None),
                accumulate_grad_batches=getattr(trainer, "accumulate_grad_batches", None),
                gradient_clip_val=getattr(trainer, "gradient_clip_val", None),
            )
        except Exception:
            pass

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        # To look at a score waits for the device: not at each step.
        every = getattr(trainer, "log_every_n_steps", 50) or 0
        if every > 0 and trainer.global_step % every == 0:
            self._tell(trainer)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer)

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if not getattr(trainer, "sanity_checking", False):
            self._tell(trainer)

    def on_test_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer)
        best = getattr(getattr(trainer, "checkpoint_callback", None), "best_model_path", "")
        if self._tracks and best and _is_first(trainer):
            _log.track(best)

    def _tell(self, trainer: Any) -> None:
        if not _is_first(trainer) or not _log.is_running():
            return
        try:
            new = self._changed.of(trainer.callback_metrics)
            if new:
                _log.log(new, step=trainer.global_step, epoch=trainer.current_epoch)
        except Exception:
            pass


def _is_first(trainer: Any) -> bool:
    return bool(getattr(trainer, "is_global_zero", True))
