"""Callbacks of training libraries: in XGBoost and LightGBM where these are, and in stand-ins of the others.

The stand-ins call in the order of the real ones; `test_frameworks.py` runs those where they are installed.
"""

import importlib
import json
import math
import pathlib
import subprocess
import sys
import types
from typing import Any

import pytest
from conftest import lines


def params_of(found: "list[Any]") -> "dict[str, Any]":
    return {name: value for line in found for name, value in line.get("params", {}).items()}


class Tensor:
    """As torch has them: on a device, and not plain."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError
        return self.values[0]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a module of the name into place, with the class that a callback is one of."""

    def make(name: str, base: str, ours: str) -> Any:
        made = type(base, (), {"model": None, "params": None})
        parts = name.split(".")
        for at in range(len(parts)):
            module = types.ModuleType(".".join(parts[: at + 1]))
            setattr(module, base, made)
            module.__path__ = []
            monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.delitem(sys.modules, ours, raising=False)
        loaded = importlib.import_module(ours)
        monkeypatch.delitem(sys.modules, ours)
        assert issubclass(loaded.Callback, made)
        return loaded.Callback

    return make


class Trainer:
    """Lightning's, as far as a callback sees it: hooks of callbacks come before those of the module."""

    def __init__(self, callback: Any, **settings: Any) -> None:
        self.callback = callback
        self.is_global_zero, self.world_size, self.sanity_checking = True, 1, False
        self.state = types.SimpleNamespace(fn="fit")
        self.global_step, self.current_epoch, self.max_epochs = 0, 0, 2
        self.log_every_n_steps = 2
        self.datamodule = types.SimpleNamespace(hparams={"batch": 8})
        self.checkpoint_callbacks: list[Any] = []
        self.module = types.SimpleNamespace(hparams={"lr": 0.1})
        self.callback_metrics: dict[str, Any] = {}
        vars(self).update(settings)

    def hook(self, name: str, *values: Any, **of_module: float) -> None:
        getattr(self.callback, "on_" + name)(self, self.module, *values)
        self.callback_metrics.update((each, Tensor(value)) for each, value in of_module.items())

    def validate(self, **scores: float) -> None:
        self.hook("validation_start")
        self.callback_metrics.update((each, Tensor(value)) for each, value in scores.items())
        self.hook("validation_end")

    def batch(self, is_step: bool = True, **scores: float) -> None:
        self.global_step += is_step
        self.callback_metrics.update((each, Tensor(value)) for each, value in scores.items())
        self.hook("train_batch_end", None, None, 0)

    def fit(self, epochs: int = 2, batches: int = 4, accumulate: int = 1) -> None:
        self.hook("fit_start")
        self.sanity_checking = True
        self.validate(val_loss=9.0)
        self.sanity_checking = False
        self.callback_metrics = {}
        for epoch in range(epochs):
            self.hook("train_epoch_start")
            for batch in range(1, batches + 1):
                self.batch(batch % accumulate == 0, loss=float(epoch * batches + batch))
            self.validate(val_accuracy=0.5, val_loss=math.nan)
            self.hook("train_epoch_end", loss_of_epoch=epoch + 0.5)
            self.current_epoch += 1
        self.hook("train_end")
        self.hook("fit_end")


def curve_of(found: "list[Any]") -> "list[tuple[Any, ...]]":
    """Step, epoch and the scores that were told there."""
    return [
        (line.pop("step"), line.pop("epoch"), {name: repr(value) for name, value in line.items()})
        for line in [dict(line) for line in found]
        if "step" in line
    ]


@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_of_lightning_scores_are_told_where_they_belong(name: str, log: pathlib.Path, library: Any) -> None:
    callback = library(name, "Callback", "mvgit.lightning")()
    trainer = Trainer(callback)
    trainer.callback_metrics["many"] = Tensor(1, 2)
    trainer.fit()
    found = lines(log)
    assert (params_of(found)["batch"], params_of(found)["lr"], params_of(found)["max_epochs"]) == (8, 0.1, 2)
    # Those of an epoch once its module has logged, and the same accuracy once more.
    validation = {"val_accuracy": "0.5", "val_loss": "nan"}
    assert curve_of(found) == [
        (2, 0, {"loss": "2.0"}),
        (4, 0, {"loss": "4.0"}),
        (4, 0, validation),
        (4, 0, {"loss_of_epoch": "0.5"}),
        (6, 1, {"loss": "6.0"}),
        (8, 1, {"loss": "8.0"}),
        (8, 1, validation),
        (8, 1, {"loss_of_epoch": "1.5"}),
    ]


def test_of_lightning_several_batches_may_be_one_step(log: pathlib.Path, library: Any) -> None:
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")()
    Trainer(callback).fit(epochs=1, batches=16, accumulate=4)
    steps = [(step, scores["loss"]) for step, _, scores in curve_of(lines(log)) if "loss" in scores]
    assert steps == [(2, "8.0"), (4, "16.0")]
    # And one batch several, as of two networks that learn against each other.
    trainer = Trainer(callback, log_every_n_steps=5)
    log.unlink()
    trainer.hook("fit_start")
    for batch in range(8):
        trainer.global_step += 2
        trainer.batch(loss=float(batch))
    assert [step for step, _, _ in curve_of(lines(log))] == [6, 12, 15, 21]


def test_of_lightning_an_evaluation_alone_is_told_with_its_settings(log: pathlib.Path, library: Any) -> None:
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")()
    trainer = Trainer(callback, state=types.SimpleNamespace(fn="test"))
    trainer.hook("test_start")
    trainer.callback_metrics["test_loss"] = Tensor(0.25)
    trainer.hook("test_end")
    found = lines(log)
    assert params_of(found) == {"batch": 8, "lr": 0.1}
    assert curve_of(found) == [(0, 0, {"test_loss": "0.25"})]
    trainer.state.fn = "validate"
    trainer.validate(val_loss=0.5)
    assert curve_of(lines(log))[1:] == [(0, 0, {"val_loss": "0.5"})]


def test_of_lightning_the_end_of_an_epoch_is_told_where_the_next_thing_fails(log: pathlib.Path, library: Any) -> None:
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")()
    for world_size, told in ((1, [(0, 0, {"loss": "0.5"})]), (2, [])):
        trainer = Trainer(callback, world_size=world_size)
        trainer.hook("fit_start")
        trainer.hook("train_epoch_end", loss=0.5)
        log.unlink()
        trainer.hook("exception", ValueError())
        assert curve_of(lines(log)) == told
        log.touch()


def test_of_lightning_the_checkpoint_of_the_best_score_is_named(log: pathlib.Path, library: Any) -> None:
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")(track=True)
    keeper = types.SimpleNamespace
    newest, none_yet = keeper(best_model_path="newest.ckpt", monitor=None), keeper(best_model_path="", monitor="loss")
    best = keeper(best_model_path="best.ckpt", monitor="loss")
    for keepers, named in (([newest, none_yet, best], ["best.ckpt"]), ([newest], ["newest.ckpt"]), ([none_yet], [])):
        log.unlink(missing_ok=True)
        Trainer(callback, checkpoint_callbacks=keepers).fit()
        tracked = [line["track"] for line in lines(log) if "track" in line]
        assert tracked == [str(pathlib.Path(each).absolute()) for each in named]


def test_of_lightning_other_ranks_look_at_nothing(log: pathlib.Path, library: Any) -> None:
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")(track=True)
    trainer = Trainer(callback, is_global_zero=False)
    trainer.fit()
    assert lines(log) == []


def test_of_the_trainer_what_it_logs_is_told(log: pathlib.Path, library: Any) -> None:
    callback = library("transformers", "TrainerCallback", "mvgit.huggingface")(track=True)
    args = types.SimpleNamespace(
        output_dir="out", to_dict=lambda: {"learning_rate": 0.1, "hub_token": "<HUB_TOKEN>", "output_dir": "out"}
    )
    state = types.SimpleNamespace(is_world_process_zero=True, global_step=5, best_model_checkpoint=None)
    configuration = type("Configuration", (), {"to_dict": lambda self: {"layers": 2}})()
    model = types.SimpleNamespace(config=configuration)
    callback.on_train_begin(args, state, None, model=model)
    callback.on_log(args, state, None, logs={"loss": 0.5, "epoch": 0.1, "text": "x"}, model=model)
    callback.on_save(args, state, None)
    callback.on_train_end(args, state, None)
    assert lines(log) == [
        {"params": {"model": {"layers": 2}, "learning_rate": 0.1}},
        {"loss": 0.5, "epoch": 0.1, "step": 5},
        {"track": str(pathlib.Path("out/checkpoint-5").absolute())},
    ]
    state.is_world_process_zero = False
    callback.on_train_begin(args, state, None)
    callback.on_log(args, state, None, logs={"loss": 1})
    callback.on_train_end(args, state, None)
    assert len(lines(log)) == 3
    # What was saved by a training before is not of the next one.
    state.is_world_process_zero = True
    callback.on_train_begin(args, state, None)
    callback.on_train_end(args, state, None)
    assert "track" not in lines(log)[-1]


@pytest.mark.parametrize("name", ["keras.callbacks", "tf_keras.callbacks", "tensorflow.keras.callbacks"])
def test_of_keras_epochs_are_told(name: str, log: pathlib.Path, library: Any) -> None:
    callback = library(name, "Callback", "mvgit.keras")()
    callback.params = {"epochs": 2, "steps": 3, "verbose": 1}
    # The numbers of an optimizer have 32 bits.
    rates = {"learning_rate": Tensor(0.0010000000474974513), "rho": 0.95, "third": 1 / 3, "decay": None}
    optimizer = type("Adam", (), {"get_config": lambda self: {"name": "adam_3", **rates}})()
    callback.model = types.SimpleNamespace(optimizer=optimizer)
    callback.on_train_begin()
    callback.on_test_end({"loss": 7})
    callback.on_epoch_end(0, {"loss": Tensor(0.5), "val_loss": 0.25, "text": "x", "matrix": Tensor(1, 2)})
    callback.on_epoch_end(1)
    callback.on_train_end()
    callback.on_test_end({"loss": 0.125})
    callback.model = None
    callback.on_train_begin({})
    assert lines(log)[:3] == [
        {
            "params": {
                "epochs": 2,
                "steps": 3,
                "optimizer": {"class": "Adam", "learning_rate": 0.001, "rho": 0.95, "third": 1 / 3, "decay": None},
            }
        },
        {"loss": 0.5, "val_loss": 0.25, "epoch": 0},
        {"test_loss": 0.125},
    ]


@pytest.mark.parametrize(
    ("task", "is_told"),
    [
        ({"type": "worker", "index": 0}, True),
        ({"type": "worker", "index": 1}, False),
        ({"type": "chief", "index": 0, "chief": True}, True),
        ({"type": "worker", "index": 0, "chief": True}, False),
    ],
)
def test_of_keras_the_first_of_several_processes_tells(
    task: Any, is_told: bool, log: pathlib.Path, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = library("keras.callbacks", "Callback", "mvgit.keras")()
    cluster = {"worker": ["a:1", "b:1"], **({"chief": ["c:1"]} if task.pop("chief", False) else {})}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    callback.on_train_begin()
    callback.on_epoch_end(0, {"loss": 1})
    assert (lines(log) != []) is is_told


def test_of_lightgbm_iterations_are_told(log: pathlib.Path) -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    numpy = pytest.importorskip("numpy")
    from mvgit.lightgbm import Callback

    x = numpy.random.default_rng(0).random((60, 3))
    data = lightgbm.Dataset(x, label=x[:, 0], free_raw_data=False)
    settings = {"objective": "regression", "num_leaves": 4, "verbose": -1, "learning_rate": 0.3, "metric": "l2"}
    lightgbm.train(
        settings, data, num_boost_round=3, valid_sets=[data], valid_names=["held out"], callbacks=[Callback()]
    )
    first, *rest = lines(log)
    assert (first["params"]["num_leaves"], first["params"]["learning_rate"]) == (4, 0.3)
    assert [(line["iteration"], sorted(line)) for line in rest] == [
        (at, ["held out.l2", "iteration"]) for at in range(3)
    ]
    lightgbm.cv(settings, data, num_boost_round=1, nfold=2, stratified=False, callbacks=[Callback()])
    assert any("valid.l2" in line for line in lines(log))
    # One callback may see several trainings, also of one model further.
    callback = Callback()
    log.unlink()
    first_model = lightgbm.train(settings, data, num_boost_round=2, valid_sets=[data], callbacks=[callback])
    lightgbm.train(settings, data, num_boost_round=2, valid_sets=[data], callbacks=[callback], init_model=first_model)
    assert ["params" if "params" in line else line["iteration"] for line in lines(log)] == [
        "params",
        0,
        1,
        "params",
        2,
        3,
    ]


def test_of_xgboost_iterations_are_told(log: pathlib.Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    numpy = pytest.importorskip("numpy")
    from mvgit.xgboost import Callback

    x = numpy.random.default_rng(0).random((60, 3))
    data = xgboost.DMatrix(x, label=x[:, 0])
    settings = {"max_depth": 2, "eta": 0.3, "objective": "reg:squarederror"}
    xgboost.train(
        settings,
        data,
        num_boost_round=3,
        evals=[(data, "train")],
        verbose_eval=False,
        early_stopping_rounds=2,
        callbacks=[Callback()],
    )
    found = lines(log)
    settings_found = params_of(found)
    assert (settings_found["max_depth"], settings_found["objective"]) == (2, "reg:squarederror")
    assert settings_found["eta"] == 0.3
    curve = [(line["iteration"], sorted(line)) for line in found if "iteration" in line]
    assert curve == [(at, ["iteration", "train.rmse"]) for at in range(3)]
    assert [line["best_iteration"] for line in found if "best_iteration" in line] == [2]
    xgboost.cv(settings, data, num_boost_round=2, nfold=2, callbacks=[Callback()])
    assert "test.rmse" in lines(log)[-1]
    xgboost.cv(settings, data, num_boost_round=50, nfold=2, early_stopping_rounds=1, callbacks=[Callback()])
    assert "best_iteration" in lines(log)[-1]


def test_of_xgboost_a_model_is_trained_further(log: pathlib.Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    numpy = pytest.importorskip("numpy")
    from mvgit.xgboost import Callback

    x = numpy.random.default_rng(0).random((60, 3))
    data = xgboost.DMatrix(x, label=x[:, 0])
    settings: Any = {"num_boost_round": 2, "evals": [(data, "train")], "verbose_eval": False, "callbacks": [Callback()]}
    model = xgboost.train({"max_depth": 2}, data, early_stopping_rounds=2, **settings)
    log.unlink()
    xgboost.train({"max_depth": 2}, data, xgb_model=model, **settings)
    found = lines(log)
    assert [line["iteration"] for line in found if "iteration" in line] == [2, 3]
    # What was the best before is not what came of this.
    assert not any("best_iteration" in line for line in found)


def test_of_xgboost_the_first_of_several_processes_tells(log: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    numpy = pytest.importorskip("numpy")
    from mvgit.xgboost import Callback

    monkeypatch.setattr("xgboost.collective.get_rank", lambda: 1)
    data = xgboost.DMatrix(numpy.eye(4), label=[0, 1, 0, 1])
    xgboost.train({}, data, num_boost_round=1, evals=[(data, "d")], verbose_eval=False, callbacks=[Callback()])
    assert lines(log) == []


def test_outside_of_a_run_nothing_happens(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MVGIT_LOG", raising=False)
    callback = library("transformers", "TrainerCallback", "mvgit.huggingface")(track=True)
    callback.on_train_begin(None, None, None)
    callback.on_log(None, None, None, logs={"loss": 1})
    callback.on_save(None, None, None)
    callback.on_train_end(None, None, None)
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")(track=True)
    Trainer(callback).fit()
    trainer = types.SimpleNamespace(global_step=0)
    for hook in ("fit_start", "train_epoch_start", "validation_end", "test_start", "test_end", "train_end", "fit_end"):
        getattr(callback, "on_" + hook)(trainer, None)


def test_no_library_is_loaded_unless_its_callback_is_asked_for() -> None:
    code = "import mvgit._callbacks, mvgit.lightgbm, sys; print([n for n in ('lightgbm', 'numpy') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
    code = "import sys; sys.modules.update(dict.fromkeys(('keras', 'tf_keras', 'tensorflow'))); import mvgit.keras"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "ModuleNotFoundError" in done.stderr
