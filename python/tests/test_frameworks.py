"""Callbacks in PyTorch Lightning, Hugging Face's Trainer and Keras themselves, where these are installed.

`.ci/frameworks` installs them and runs this.
"""

import importlib.util
import os
import pathlib
import shutil
import sys
from typing import Any

import pytest

import mvgit

SCRIPTS = pathlib.Path(__file__).parent / "frameworks"


def run(repository: Any, script: str, *words: str) -> Any:
    """The package of the version that the script makes; nothing of a secret is in the repository."""
    shutil.copy(SCRIPTS / script, repository.folder)
    # What libraries write that is none of the version's.
    repository.write(".gitignore", "lightning_logs/\nout/\ncheckpoints/\n")
    repository.mvgit("run", "m", "--", sys.executable, script, *words)
    package = repository.git("show", "m@v1:.mvgit/models/m.yaml")
    curves = repository.git("show", "m@v1:.mvgit/models/m.curves.jsonl")
    assert "5eCr3t" not in package + curves
    return mvgit.command(["show", "m@v1"])["package"]


def curve(score: str) -> "list[Any]":
    return [point["y"] for point in mvgit.command(["show", "m@v1", "--plot", score])["plot"]["points"]]


def needs(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module.split(".")[0]) is None:
            pytest.skip("%s is not installed" % module)


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_lightning(name: str, processes: str, repository: Any) -> None:
    needs("torch", name)
    package = run(repository, "train_lightning.py", name, processes)
    assert (package["params"]["lr"], package["params"]["accumulate_grad_batches"]) == (0.1, 2)
    steps = 8 // int(processes)
    assert len(curve("train/loss")) == steps // 2
    # Both epochs, though they have it alike, and each with what the module's own hooks logged.
    assert curve("val_accuracy") == [1, 1]
    assert curve("val_of_epoch") == [0.25, 1.25]
    assert curve("of_epoch") == [0.5, 1.5]
    assert len(curve("val_loss")) == 2
    assert "test_loss" in package["metrics"]
    assert [each["path"] for each in package["weights"]] == ["checkpoints/best.ckpt"]


def test_the_trainer_of_transformers(repository: Any) -> None:
    needs("torch", "transformers", "accelerate")
    package = run(repository, "train_transformers.py")
    settings = package["params"]
    assert (settings["learning_rate"], settings["gradient_accumulation_steps"]) == (0.01, 2)
    assert settings["model.n_embd"] == 16
    assert not any("token" in name and "hub" in name for name in settings)
    assert (len(curve("loss")), len(curve("eval_loss")), len(curve("learning_rate"))) == (4, 2, 4)
    assert (package["metrics"]["eval_accuracy"], package["metrics"]["eval_of/tensor"]) == (0.5, 0.25)
    assert "eval_confusion" not in package["metrics"]
    assert any(each["path"].startswith("out/checkpoint-") for each in package["weights"])


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
def test_keras(name: str, repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(name)
    backends = [each for each in ("torch", "jax", "tensorflow") if importlib.util.find_spec(each) is not None]
    if backends == []:
        pytest.skip("no torch, JAX or TensorFlow is installed for Keras")
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", backends[0])
    package = run(repository, "train_keras.py", name)
    settings = package["params"]
    assert (settings["epochs"], settings["optimizer.class"], settings["optimizer.beta_2"]) == (2, "Adam", 0.999)
    assert settings["optimizer.learning_rate"] == 0.001
    assert (len(curve("loss")), len(curve("val_accuracy"))) == (2, 2)
    rates = [each for each in ("learning_rate", "lr") if each in package["metrics"]]
    assert [curve(each) for each in rates] == [[0.5, 0.25]]
    assert {"test_loss", "test_accuracy"} <= {*package["metrics"]}
