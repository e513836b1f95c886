"""The examples that docs/python.md names, as people start them."""

import pathlib
import shutil
import subprocess
import sys
from typing import Any

import pytest

import mvgit

EXAMPLES = pathlib.Path(__file__).parent / "examples"


def package(label: str) -> Any:
    return mvgit.command(["show", label])["package"]


def test_scikit_learn(repository: Any) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    shutil.copy(EXAMPLES / "train_sklearn.py", repository.folder)
    words = [sys.executable, "train_sklearn.py", "--epochs", "3"]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout == "digits@v1\n"
    pack = package("digits@v1")
    assert pack["params"] == {"alpha": 0.001, "epochs": 3}
    assert pack["metrics"]["accuracy"] > 0.9
    assert len(mvgit.command(["show", "digits@v1", "--plot", "loss"])["plot"]["points"]) == 3
    assert [each["path"] for each in pack["weights"]] == ["model.pkl"]
    assert mvgit.command(["reproduce", "digits@v1"])["verdict"] == "identical"


def test_a_loop_of_pytorch(repository: Any) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    shutil.copy(EXAMPLES / "train_torch.py", repository.folder)
    repository.mvgit("run", "line", "--", sys.executable, "train_torch.py", "--lr", "0.2")
    pack = package("line@v1")
    assert (pack["params"], [each["path"] for each in pack["weights"]]) == ({"lr": 0.2, "steps": 20}, ["weights.pt"])
    assert pack["metrics"]["loss"] < 1
    # Seeded, and saved under the same name: to the byte.
    assert mvgit.command(["reproduce", "line@v1"])["verdict"] == "identical"
