"""PyTorch Lightning, as `lightning` and as `pytorch_lightning`: `Trainer(callbacks=[mvgit.lightning.Callback()])`."""

from __future__ import annotations

from typing import Any

from mvgit import _log
from mvgit._callbacks import Shown, base_of

_Base: Any = base_of(("lightning.pytorch", "pytorch_lightning"), "Callback")


class Callback(_Base):  # type: ignore[misc]
    """Logs the hyperparameters that the module and the data module saved, and what they `log`, from the first rank.

    Scores are those of `trainer.callback_metrics`, every `log_every_n_steps` steps and at the end of each epoch of
    training, validation and test. `track`: also names the best checkpoint as weights.

    Scores are looked at where Lightning has computed those of an epoch in all processes, after the module's hooks:
    earlier, the first process alone would begin to gather them, while the others wait for something else.
    """

    def __init__(self, track: bool = False) -> None:
        super().__init__()
        self._tracks = track
        self._begin()

    def _begin(self) -> None:
        self._shown = Shown()
        #: The last step at which scores were told.
        self._step = 0
        #: Step and epoch of an epoch that has ended, and whose scores were not told yet.
        self._ended: tuple[int, int] | None = None

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        self._begin()
        self._step = getattr(trainer, "global_step", 0)
        _tell_settings(trainer, pl_module)
        if _is_first(trainer):
            _log.params(
                max_epochs=getattr(trainer, "max_epochs", None),
                precision=getattr(trainer, "precision", None),
                accumulate_grad_batches=getattr(trainer, "accumulate_grad_batches", None),
                gradient_clip_val=getattr(trainer, "gradient_clip_val", None),
            )

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self._tell_ended(trainer)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        # To look at a score waits for the device: not at each step. Several batches may be one step, and one batch
        # several.
        every = getattr(trainer, "log_every_n_steps", 50) or 0
        step = trainer.global_step
        if every > 0 and step // every > self._step // every:
            self._step = step
            self._tell(trainer, "step")

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        # The module's own hook, which may log as well, comes after this one.
        self._ended = (trainer.global_step, trainer.current_epoch)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if _is_fitting(trainer):
            # What was logged of the step before is not that of the validation.
            if not getattr(trainer, "sanity_checking", False) and trainer.global_step != self._step:
                self._step = trainer.global_step
                self._tell(trainer, "step")
        else:
            _tell_settings(trainer, pl_module)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if not getattr(trainer, "sanity_checking", False):
            self._tell(trainer, "validation")

    def on_test_start(self, trainer: Any, pl_module: Any) -> None:
        _tell_settings(trainer, pl_module)

    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer, "test")

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell_ended(trainer)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        # With other processes, it is not known what these have computed.
        if getattr(trainer, "world_size", 1) == 1:
            self._tell_ended(trainer)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        if self._tracks and _is_first(trainer):
            best = _best(trainer)
            if best:
                _log.track(best)

    def _tell_ended(self, trainer: Any) -> None:
        if self._ended is not None:
            step, epoch = self._ended
            self._ended = None
            self._tell(trainer, "epoch", step, epoch)

    def _tell(self, trainer: Any, kind: str, step: int | None = None, epoch: int | None = None) -> None:
        if not _is_first(trainer) or not _log.is_running():
            return
        try:
            told = self._shown.at(kind, trainer.callback_metrics)
            if told:
                _log.log(
                    told,
                    step=trainer.global_step if step is None else step,
                    epoch=trainer.current_epoch if epoch is None else epoch,
                )
        except Exception:
            pass


def _tell_settings(trainer: Any, pl_module: Any) -> None:
    if not _is_first(trainer):
        return
    try:
        for each in (getattr(trainer, "datamodule", None), pl_module):
            settings = getattr(each, "hparams", None)
            if settings:
                _log.params(settings)
    except Exception:
        pass


def _best(trainer: Any) -> str:
    """Where several callbacks keep checkpoints, that of the first that looks at a score counts."""
    try:
        keepers = [each for each in trainer.checkpoint_callbacks if getattr(each, "best_model_path", "")]
        keepers.sort(key=lambda each: getattr(each, "monitor", None) is None)
        return str(keepers[0].best_model_path) if keepers else ""
    except Exception:
        return ""


def _is_fitting(trainer: Any) -> bool:
    return getattr(getattr(trainer, "state", None), "fn", None) == "fit"


def _is_first(trainer: Any) -> bool:
    return bool(getattr(trainer, "is_global_zero", True))
