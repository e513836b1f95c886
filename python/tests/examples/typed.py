"""All of the public interface as a user's script calls it: only checkers of types read it."""

import argparse
import dataclasses
import pathlib
from typing import Any, Optional

import mvgit
import mvgit.huggingface
import mvgit.keras
import mvgit.lightgbm
import mvgit.lightning
import mvgit.xgboost


@dataclasses.dataclass
class Config:
    lr: float = 0.1


def train(args: argparse.Namespace) -> "list[str]":
    mvgit.params(args, Config(), {"depth": 3}, lr=0.2)
    mvgit.log(step=1, loss=0.5)
    mvgit.log({"val/loss": 0.5}, step=2)
    mvgit.metrics(accuracy=1)
    mvgit.track(pathlib.Path("w.bin"))
    code: Optional[str] = None
    block = mvgit.run("spam", data=["a", pathlib.Path("b")], weights="w.bin", message="m", params=args, as_is=True)
    try:
        with block as run:
            same: mvgit.Run = run
    except mvgit.MvgitError as error:
        code = error.code
        told: tuple[Optional[str], Optional[str], Optional[int]] = (error.hint, error.subject, error.exit_status)
        print(told, same)
    label: Optional[str] = block.label
    version: Optional[int] = block.version
    failure: Optional[mvgit.MvgitError] = block.error
    print(code, label, version, failure, block.id, block.summary)
    return block.notes


def serve() -> str:
    model: mvgit.Release = mvgit.get("https://host/m.git", "spam#production", only="weights", stale=True, cache="c")
    with mvgit.open("spam@v1", "labels.txt", "r") as file:
        print(file.read(), pathlib.Path(model) / "w.bin", model / "w.bin", model.label)

    def load(release: mvgit.Release) -> None:
        print(release.version)

    with mvgit.follow("spam#production", load, every=60) as follower:
        follower.stop()
    mvgit.prune(days=30)
    return mvgit.receipt()


def read() -> "dict[str, Any]":
    for version in mvgit.versions("spam", where="loss < 1", sort="loss"):
        print(version.label, version.metrics["loss"], version.params, version.stages, version.time, version.document)
    for stage in mvgit.stages():
        print(stage.model, stage.stage, stage.version, stage.since)
    number: str = mvgit.__version__
    return mvgit.command(["show", number], cwd=pathlib.Path(), timeout=3)


CALLBACKS = [mvgit.keras.Callback(), mvgit.xgboost.Callback(), mvgit.lightgbm.Callback()]
CALLBACKS += [mvgit.lightning.Callback(), mvgit.huggingface.Callback()]

mvgit.lag(loss=0.5)  # type: ignore[attr-defined]
mvgit.run()  # type: ignore[call-arg]
