"""What a program tells of its run: lines that the program reads, whatever the values are, and none outside of a run."""

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import multiprocessing
import os
import pathlib
import signal
import sys
import threading
import types
from typing import Any

import pytest
from conftest import lines

import mvgit


def test_each_call_is_a_line(log: pathlib.Path) -> None:
    mvgit.log(step=1, loss=0.5)
    mvgit.log({"val/loss": 0.25}, step=1)
    mvgit.params(lr=0.1, model={"depth": 3})
    mvgit.metrics(accuracy=0.9)
    mvgit.track("w.bin")
    assert lines(log) == [
        {"step": 1, "loss": 0.5},
        {"val/loss": 0.25, "step": 1},
        {"params": {"lr": 0.1, "model": {"depth": 3}}},
        {"accuracy": 0.9},
        {"track": os.path.abspath("w.bin")},
    ]


def test_what_has_no_names_is_told_so_that_the_version_notes_it(log: pathlib.Path) -> None:
    mvgit.log(3)
    mvgit.log("low", step=1)
    mvgit.metrics([0.5])
    mvgit.params(42, None, ["lr", 1], lr=0.1)
    assert lines(log) == [
        {"mvgit.log(3)": ""},
        {"mvgit.log(low)": ""},
        {"mvgit.metrics([0.5])": ""},
        {"params": {"lr": 0.1}},
        {"params": "42"},
        {"params": "['lr', 1]"},
    ]


def test_outside_of_a_run_nothing_happens(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(os.listdir(tmp_path))
    for value in (None, "", "set"):
        if value == "":
            monkeypatch.setenv("MVGIT_LOG", "")
        mvgit.log(step=1, loss=object())
        mvgit.params(object(), lr=1)
        mvgit.metrics({1: 2}, a=Broken())
        mvgit.track("w.bin")
    assert sorted(os.listdir(tmp_path)) == before


class Broken:
    """Fails whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError

    def item(self) -> None:
        raise RuntimeError

    def __fspath__(self) -> str:
        raise RuntimeError

    def to_dict(self) -> None:
        raise RuntimeError


class Scalar:
    """As of numpy and torch."""

    def __init__(self, value: object) -> None:
        self.value = value

    def item(self) -> object:
        return self.value


class Optimizer(enum.Enum):
    ADAM = "adam"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Inner:
    depth: int = 3


@dataclasses.dataclass
class Config:
    lr: float = 0.1
    inner: Inner = dataclasses.field(default_factory=Inner)


def test_settings_are_taken_from_what_programs_have_them_in(log: pathlib.Path) -> None:
    point = collections.namedtuple("point", "x y")
    mvgit.params(argparse.Namespace(lr=0.2, path=pathlib.Path("a/b")))
    mvgit.params(Config(), {"seed": 1}, extra=Config(lr=1.0))
    mvgit.params(types.SimpleNamespace(a=1), b=point(1, 2))
    assert lines(log) == [
        {"params": {"lr": 0.2, "path": os.path.join("a", "b")}},
        {"params": {"lr": 0.1, "inner": {"depth": 3}, "seed": 1, "extra": {"lr": 1.0, "inner": {"depth": 3}}}},
        {"params": {"a": 1, "b": {"x": 1, "y": 2}}},
    ]


def test_a_configuration_of_omegaconf_is_resolved(log: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    omegaconf = pytest.importorskip("omegaconf", reason="omegaconf is not installed")
    mvgit.params(omegaconf.OmegaConf.create({"lr": 0.1, "twice": "${lr}", "list": [1, 2]}))
    mvgit.params(omegaconf.OmegaConf.create({"lr": 0.1, "lost": "${nowhere}"}))
    assert lines(log) == [
        {"params": {"lr": 0.1, "twice": 0.1, "list": [1, 2]}},
        {"params": {"lr": 0.1, "lost": "${nowhere}"}},
    ]


def test_values_of_other_libraries_become_plain_ones(log: pathlib.Path) -> None:
    mvgit.log(step=Scalar(3), loss=Scalar(0.5), flag=Scalar(True))
    mvgit.log(a=math.nan, b=math.inf, c=-math.inf)
    mvgit.params(
        optimizer=Optimizer.ADAM,
        level=Level.HIGH,
        when=datetime.date(2026, 1, 2),
        choices={"b", "a"},
        function=os.path.join,
        kind=Config,
        nothing=None,
        seed=2**64 - 1,
    )
    text = log.read_text()
    assert '{"a": NaN, "b": Infinity, "c": -Infinity}\n' in text
    first, _, last = lines(log)
    assert first == {"step": 3, "loss": 0.5, "flag": True}
    assert last["params"] == {
        "optimizer": "Optimizer.ADAM",
        "level": "HIGH",
        "when": "2026-01-02",
        "choices": ["a", "b"],
        "function": "posixpath.join" if os.name == "posix" else "ntpath.join",
        "kind": Config.__module__ + ".Config",
        "nothing": None,
        "seed": 2**64 - 1,
    }


def test_numpy_scalars_are_numbers(log: pathlib.Path) -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    mvgit.log(step=numpy.int64(2), loss=numpy.float32(0.5), other=numpy.float64("nan"), array=numpy.array(1.5))
    mvgit.log(many=numpy.zeros(3))
    assert log.read_text().startswith('{"step": 2, "loss": 0.5, "other": NaN, "array": 1.5}\n')
    assert isinstance(lines(log)[1]["many"], str)


def test_odd_values_never_raise(log: pathlib.Path) -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    for value in (Broken(), object(), endless, b"\xff", {object(): 1}, lambda: 1, "\ud800", 10**5000, Broken):
        mvgit.log(step=1, loss=value)
        mvgit.params(value, x=value)
        mvgit.metrics(value)
        mvgit.track(value)  # type: ignore[arg-type]
    assert all(isinstance(each, dict) for each in lines(log))
    assert " at 0x" not in log.read_text()


def test_what_holds_itself_has_an_end(log: pathlib.Path) -> None:
    both: dict[str, Any] = {"lr": 0.1}
    both.update(left=both, right=[both])
    wide: Any = 1
    for _ in range(60):
        wide = {"a": wide, "b": wide}
    mvgit.params(both)
    mvgit.params(wide=wide)
    same = {"lr": 1}
    mvgit.params(a=same, b=[same, same])
    looped, *broad, last = lines(log)
    inner = {"lr": 0.1, "left": "…", "right": ["…"]}
    assert looped == {"params": {"lr": 0.1, "left": inner, "right": [{**inner, "right": "…"}]}}
    assert {name for line in broad for name in line["params"]} == {"wide"}
    assert last == {"params": {"a": same, "b": [same, same]}}
    assert len(log.read_text()) < 20_000_000


def test_numbers_of_the_standard_library_are_scores(log: pathlib.Path) -> None:
    mvgit.log(step=fractions.Fraction(6, 2), loss=decimal.Decimal("0.25"), other=1j)
    assert lines(log) == [{"step": 3.0, "loss": 0.25, "other": "1j"}]


def test_scores_that_are_too_long_for_a_line_are_in_several(log: pathlib.Path) -> None:
    mvgit.log({"score%d%s" % (at, "x" * 100): at for at in range(4000)}, step=7)
    assert len(lines(log)) > 2
    assert {line["step"] for line in lines(log)} == {7}
    assert sum(len(line) - 1 for line in lines(log)) == 4000
    assert max(len(line) for line in log.read_text().splitlines()) < 256 * 1024


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="files have no limit here")
def test_after_half_of_a_line_the_next_one_is_whole(log: pathlib.Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    mvgit.log(loss=1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30, limits[1]))
    try:
        mvgit.log(loss=2, text="x" * 100)
        mvgit.log(loss=3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    mvgit.log(loss=4)
    mvgit.log(loss=5)
    first, half, *others = log.read_text().splitlines()
    assert (first, half[:9], others) == ('{"loss": 1}', '{"loss": ', ['{"loss": 4}', '{"loss": 5}'])


def test_settings_that_are_too_long_for_a_line_are_in_several(log: pathlib.Path) -> None:
    mvgit.params({"name%d" % at: "x" * 4000 for at in range(300)})
    assert len(lines(log)) > 3
    assert max(len(line) for line in log.read_text().splitlines()) < 256 * 1024
    assert len({name for line in lines(log) for name in line["params"]}) == 300
    log.unlink()
    # As where a whole configuration has one name.
    mvgit.params(config={"part": {"name%d" % at: "x" * 4000 for at in range(300)}, "lr": 0.1})
    assert max(len(line) for line in log.read_text().splitlines()) < 256 * 1024
    assert len({name for line in lines(log) for name in line["params"]["config"].get("part", ())}) == 300
    assert sum("lr" in line["params"]["config"] for line in lines(log)) == 1


def test_a_log_that_cannot_be_written_is_none(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (str(tmp_path), str(tmp_path / "none" / "log"), "a\0b" if os.name == "posix" else "a?b"):
        monkeypatch.setitem(os.environ, "MVGIT_LOG", name) if "\0" not in name else None
        mvgit.log(loss=1)


def test_a_file_of_ones_own_stays_the_same_when_the_folder_changes(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "mine-%d.jsonl" % os.getpid()
    monkeypatch.setenv("MVGIT_LOG", name)
    mvgit.log(loss=1)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    mvgit.log(loss=2)
    assert lines(tmp_path / name) == [{"loss": 1}, {"loss": 2}]


def write(rank: int) -> None:
    for step in range(200):
        mvgit.log(step=step, loss=rank, text="x" * 500)


def test_threads_and_processes_write_whole_lines(log: pathlib.Path) -> None:
    threads = [threading.Thread(target=write, args=(rank,)) for rank in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = 4
    # The server of `forkserver` keeps the variables of the first one that asked for it.
    for method in set(multiprocessing.get_all_start_methods()) - {"forkserver"}:
        with multiprocessing.get_context(method).Pool(2) as pool:
            pool.map(write, range(10, 12))
        count += 2
    written = lines(log)
    assert len(written) == count * 200
    assert all(set(line) == {"step", "loss", "text"} for line in written)


def test_nothing_heavy_is_loaded() -> None:
    import subprocess

    code = (
        "import sys, mvgit; mvgit.log(loss=1); mvgit.params(lr=1); "
        "print([name for name in ('argparse', 'dataclasses', 'subprocess', 'omegaconf', 'numpy', 'tempfile')"
        " if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told == "[]\n"


def test_a_run_has_all_of_it(repository: Any) -> None:
    repository.write(
        "train.py",
        """
import mvgit, os
mvgit.params({"lr": 0.1, "password": "hunter2-hunter2"}, name="adam")
for step in range(3):
    mvgit.log(step=step, loss=1 / (step + 1), bad=object())
mvgit.metrics(accuracy=float("nan"))
os.makedirs("out", exist_ok=True)
os.chdir("out")
open("w.bin", "w").write("weights")
mvgit.track("w.bin")
""",
    )
    repository.mvgit("run", "spam", "--", sys.executable, "train.py")
    package = mvgit.command(["show", "spam@v1"])["package"]
    assert package["params"] == {"lr": 0.1, "password": "${PASSWORD}", "name": "adam"}
    assert set(package["origins"].values()) == {"log"}
    assert package["metrics"] == {"loss": 1 / 3, "accuracy": "nan"}
    assert [each["path"] for each in package["weights"]] == ["out/w.bin"]
    assert package["notes"] == ["not all of 'MVGIT_LOG' was taken as scores and settings: 'bad' is a text"]
