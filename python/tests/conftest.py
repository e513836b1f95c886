"""Each test has a home, a remote and a repository of its own."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

SEED = os.environ.get("MVGIT_SEED") or str(secrets.randbelow(2**31))

#: Of all tests. Its name is short, since sockets lie in it, whose paths have an end; processes that tests share keep
#: something in it.
TEMPORARY = pathlib.Path(tempfile.mkdtemp(prefix="mv-"))
atexit.register(shutil.rmtree, TEMPORARY, ignore_errors=True)
_numbers = itertools.count()

KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COVERAGE_PROCESS_START")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--draw", type=int, default=1, help="run about each N-th test, drawn by MVGIT_SEED")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    of_so_many = config.getoption("--draw")
    if of_so_many == 1:
        return
    random = Random(SEED)
    chosen = [item for item in items if random.random() < 1 / of_so_many]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_report_header(config: pytest.Config) -> str | None:
    return "MVGIT_SEED=%s draws the same tests" % SEED if config.getoption("--draw") > 1 else None


@contextlib.contextmanager
def alone(home: pathlib.Path) -> Iterator[pathlib.Path]:
    """No variable, setting or cache of whoever runs the tests."""
    before = dict(os.environ)
    kept = {name: before[name] for name in KEPT if name in before}
    temporary = TEMPORARY / str(next(_numbers))
    temporary.mkdir()
    (home / "gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n")
    os.environ.clear()
    # Python asks for the folder once.
    tempfile.tempdir = None
    os.environ.update(
        kept,
        HOME=str(home),
        USERPROFILE=str(home),
        TMPDIR=str(temporary),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=str(home / "gitconfig"),
        GIT_TERMINAL_PROMPT="0",
    )
    try:
        yield home
    finally:
        os.environ.clear()
        os.environ.update(before)
        tempfile.tempdir = None


#: Temporary files and folders that were made since somebody looked.
_temporary: list[str] = []


def _notice(event: str, found: tuple[object, ...]) -> None:
    if event in ("tempfile.mkdtemp", "tempfile.mkstemp"):
        _temporary.append(os.fsdecode(found[0]))  # type: ignore[arg-type]


sys.addaudithook(_notice)


@pytest.fixture(autouse=True)
def hermetic(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Each test is alone; answers its home."""
    home = tmp_path / "home"
    home.mkdir()
    _temporary.clear()
    with alone(home):
        yield home
        own = os.environ["TMPDIR"]
    # Nothing is left in the system's folder, and nothing of mvgit's own in that of the test.
    elsewhere = [path for path in _temporary if not path.startswith((str(tmp_path), str(TEMPORARY)))]
    assert [path for path in elsewhere if os.path.lexists(path)] == []
    assert [name for name in os.listdir(own) if name.startswith("mvgit")] == []


class Repository:
    """A repository with a folder as remote."""

    def __init__(self, folder: pathlib.Path, store: pathlib.Path) -> None:
        self.folder = folder
        self.store = store

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def mvgit(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """The command line, as `python -m mvgit`."""
        done = subprocess.run([sys.executable, "-m", "mvgit", *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def log(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The log of a run, without one."""
    file = tmp_path / "log.jsonl"
    monkeypatch.setenv("MVGIT_LOG", str(file))
    return file


def lines(file: pathlib.Path) -> list[Any]:
    """What is in such a log."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


class Scene:
    """Folders that are made once, and are for each test as they were then, at the same place."""

    def __init__(self, top: pathlib.Path, make: Callable[[pathlib.Path], None]) -> None:
        self.top = top
        self._kept = top.with_name(top.name + "-kept")
        top.mkdir()
        make(top)
        shutil.copytree(top, self._kept, symlinks=True)

    def restore(self) -> pathlib.Path:
        shutil.rmtree(self.top)
        shutil.copytree(self._kept, self.top, symlinks=True)
        return self.top


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """`work`: a repository with nothing in it but what `mvgit init` writes, and `store`, its remote."""

    def make(top: pathlib.Path) -> None:
        made = Repository(top / "work", top / "store")
        made.folder.mkdir()
        made.git("init", "-q")
        made.mvgit("init", "--remote", str(made.store))
        made.git("commit", "-qm", "settings")

    with alone(tmp_path_factory.mktemp("home")):
        return Scene(tmp_path_factory.mktemp("scenes") / "empty", make)


@pytest.fixture
def repository(empty: Scene, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """That of `empty`; it is the current folder of the test."""
    top = empty.restore()
    monkeypatch.chdir(top / "work")
    return Repository(top / "work", top / "store")
