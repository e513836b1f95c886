"""Callbacks of training libraries: in XGBoost and LightGBM where these are, and in stand-ins of the others."""

import importlib
import json
import math
import pathlib
import subprocess
import sys
import types
from typing import Any

import pytest


@pytest.fixture
def log(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    file = tmp_path / "log.jsonl"
    monkeypatch.setenv("MVGIT_LOG", str(file))
    return file


def lines(file: pathlib.Path) -> "list[Any]":
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


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


@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_of_lightning_scores_are_told_once_each(name: str, log: pathlib.Path, library: Any) -> None:
    callback = library(name, "Callback", "mvgit.lightning")(track=True)
    trainer = types.SimpleNamespace(
        is_global_zero=True,
        global_step=0,
        current_epoch=0,
        log_every_n_steps=2,
        callback_metrics={},
        sanity_checking=True,
        datamodule=types.SimpleNamespace(hparams={"batch": 8}),
        max_epochs=1,
        checkpoint_callback=types.SimpleNamespace(best_model_path="best.ckpt"),
    )
    module = types.SimpleNamespace(hparams={"lr": 0.1})
    callback.on_fit_start(trainer, module)
    trainer.callback_metrics = {"val_loss": Tensor(9.0)}
    callback.on_validation_epoch_end(trainer, module)
    trainer.sanity_checking = False
    for step in range(1, 5):
        trainer.global_step = step
        trainer.callback_metrics = {"loss": Tensor(1 / step), "many": Tensor(1, 2)}
        callback.on_train_batch_end(trainer, module, None, None, step)
    trainer.callback_metrics["val_loss"] = Tensor(math.nan)
    callback.on_validation_epoch_end(trainer, module)
    callback.on_train_epoch_end(trainer, module)
    callback.on_fit_end(trainer, module)
    found = lines(log)
    assert (params_of(found)["batch"], params_of(found)["lr"]) == (8, 0.1)
    told = [line for line in found if "step" in line]
    assert told[:2] == [{"loss": 0.5, "step": 2, "epoch": 0}, {"loss": 0.25, "step": 4, "epoch": 0}]
    assert [*told[2]] == ["val_loss", "step", "epoch"]
    assert len(told) == 3
    assert [line["track"] for line in found if "track" in line] == [str(pathlib.Path("best.ckpt").absolute())]
    trainer.is_global_zero = False
    trainer.callback_metrics = {"loss": Tensor(7)}
    callback.on_fit_start(trainer, module)
    callback.on_test_epoch_end(trainer, module)
    assert lines(log) == found


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


@pytest.mark.parametrize("name", ["keras.callbacks", "tensorflow.keras.callbacks"])
def test_of_keras_epochs_are_told(name: str, log: pathlib.Path, library: Any) -> None:
    callback = library(name, "Callback", "mvgit.keras")()
    callback.params = {"epochs": 2, "steps": 3, "verbose": 1}
    optimizer = type("Adam", (), {"get_config": lambda self: {"learning_rate": Tensor(0.5), "decay": None}})()
    callback.model = types.SimpleNamespace(optimizer=optimizer)
    callback.on_train_begin()
    callback.on_epoch_end(0, {"loss": Tensor(0.5), "val_loss": 0.25})
    callback.on_epoch_end(1)
    callback.model = None
    callback.on_train_begin({})
    assert lines(log)[:2] == [
        {
            "params": {
                "epochs": 2,
                "steps": 3,
                "optimizer": {"class": "Adam", "learning_rate": 0.5, "decay": None},
            }
        },
        {"loss": 0.5, "val_loss": 0.25, "epoch": 0},
    ]


def test_of_lightgbm_iterations_are_told(log: pathlib.Path) -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    numpy = pytest.importorskip("numpy")
    from mvgit.lightgbm import Callback

    x = numpy.random.default_rng(0).random((60, 3))
    data = lightgbm.Dataset(x, label=x[:, 0])
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


def test_outside_of_a_run_nothing_happens(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MVGIT_LOG", raising=False)
    callback = library("transformers", "TrainerCallback", "mvgit.huggingface")(track=True)
    callback.on_train_begin(None, None, None)
    callback.on_log(None, None, None, logs={"loss": 1})
    callback.on_save(None, None, None)
    callback.on_train_end(None, None, None)
    callback = library("lightning.pytorch", "Callback", "mvgit.lightning")(track=True)
    trainer = types.SimpleNamespace(global_step=0)
    for name in ("on_fit_start", "on_train_epoch_end", "on_validation_epoch_end", "on_test_epoch_end", "on_fit_end"):
        getattr(callback, name)(trainer, None)


def test_no_library_is_loaded_unless_its_callback_is_asked_for() -> None:
    code = "import mvgit._callbacks, mvgit.lightgbm, sys; print([n for n in ('lightgbm', 'numpy') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
    code = "import sys; sys.modules['keras'] = sys.modules['tensorflow'] = None; import mvgit.keras"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "ModuleNotFoundError" in done.stderr
