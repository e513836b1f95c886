"""What docs/python.md and docs/notebooks.md show is run as it stands there, and names all that there is."""

from __future__ import annotations

import argparse
import inspect
import logging
import pathlib
import re
import subprocess
import sys
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Repository

import mvgit

DOCS = pathlib.Path(__file__).parents[2] / "docs"
ADDRESS = "https://host/team/models.git"


def blocks(name: str) -> dict[str, str]:
    """Code of Python by the heading that it stands below: lines that are indented, and none of a shell."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in (DOCS / name).read_text("utf-8").split("\n"):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("    ") and not line.startswith("    $"):
            found.setdefault(heading, []).append(line[4:])
        elif line == "" and heading in found:
            found[heading].append("")
    return {heading: "\n".join(lines) + "\n" for heading, lines in found.items()}


TRAINING = """\
import argparse, math
from types import SimpleNamespace
args = argparse.Namespace(lr=0.1)
batches, loss = [1, 2, 3], 0.5
model = SimpleNamespace(state_dict=lambda: "weights")
torch = SimpleNamespace(save=lambda what, path: open(path, "w").write(what))
"""


def test_the_blocks_of_python_md_run(
    repository: Repository, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    host = tmp_path / "host.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(host)], check=True)
    repository.git("remote", "add", "origin", str(host))
    repository.write("mails/1.txt", "hello\n")
    code = {heading: text.replace(ADDRESS, str(host)) for heading, text in blocks("python.md").items()}

    repository.write("train.py", TRAINING + code.pop("In a training script"))
    repository.mvgit("run", "spam", "--data", "mails", "--", sys.executable, "train.py")
    (first,) = mvgit.versions("spam")
    assert (first.params, first.metrics) == ({"lr": 0.1}, {"loss": 0.5, "accuracy": 0.98})
    assert [each["path"] for each in mvgit.command(["show", "spam"])["package"]["weights"]] == ["weights.pt"]

    def train() -> None:
        repository.write("w.bin", "weights")
        repository.write("out/classifier.joblib", "a classifier")
        mvgit.track("out/classifier.joblib")
        mvgit.metrics(accuracy=0.99)

    names: dict[str, Any] = {"mvgit": mvgit, "train": train, "args": argparse.Namespace(lr=0.2)}
    capfd.readouterr()
    exec(code.pop("A run without the command"), names)
    assert capfd.readouterr().out.startswith("spam@v2 {'scores': ")
    repository.git("push", "-q", "origin", "main")
    repository.mvgit("promote", "spam@v2", "production", "-m", "better")
    exec(code.pop("From a program"), names)

    monkeypatch.setenv("MVGIT_REMOTE", str(repository.store))
    names.update(log=logging.getLogger("service"), prediction="spam")
    names.update(joblib=SimpleNamespace(load=lambda path: path.read_text()))
    exec(code.pop("In a service"), names)
    assert names["classifier"] == "a classifier"
    names["follower"].stop()

    capfd.readouterr()
    pytest.importorskip("pandas", reason="no pandas here")
    exec(code.pop("Versions and stages"), names)
    assert capfd.readouterr().out.startswith("spam@v2 ")

    asked: list[str] = []
    names.update(subprocess=subprocess, sys=sys)
    names["mlflow"] = SimpleNamespace(
        set_tracking_uri=asked.append, pyfunc=SimpleNamespace(load_model=lambda name: asked.append(name))
    )
    try:
        exec(code.pop("With MLflow's client"), names)
        with urllib.request.urlopen(asked[0] + "/api/2.0/mlflow/registered-models/search") as answer:
            assert b'"spam"' in answer.read()
    finally:
        names["server"].terminate()
        names["server"].communicate()
    assert code == {}, "every block is run"


def test_the_block_of_notebooks_md_runs(repository: Repository) -> None:
    repository.write("mails/1.txt", "hello\n")
    text, cells = blocks("notebooks.md").values()
    model = SimpleNamespace(save=lambda path: repository.write(path, "weights"))
    names = {"load": lambda path: path, "train": lambda data, epochs: model}
    exec(text, names)
    assert names["run"].label == "spam@v1"  # type: ignore[attr-defined]
    from mvgit import _notebook

    assert cells.split("\n")[:3] == [_notebook.MARK, "", "# %% [1]"]


def test_python_md_names_every_function_with_its_options() -> None:
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`|    .*", (DOCS / "python.md").read_text("utf-8")))))
    public = [getattr(mvgit, name) for name in mvgit.__all__ if name.islower()]
    needed = {each.__name__ for each in public} | {"MvgitError"}
    for function in public:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                needed.add(parameter.name)
    assert sorted(needed - words) == []
