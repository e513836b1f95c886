"""Each test has a home, a remote and a repository of its own."""

import os
import pathlib
import subprocess
import sys

import pytest

KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@pytest.fixture(autouse=True)
def hermetic(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """No variable, setting or cache of whoever runs the tests; answers the home."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name not in KEPT:
            monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
    }.items():
        monkeypatch.setenv(name, value)
    (home / "gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n")
    return home


class Repository:
    """A repository with a folder as remote."""

    def __init__(self, folder: pathlib.Path, store: pathlib.Path) -> None:
        self.folder = folder
        self.store = store

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def mvgit(self, *words: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
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
def repository(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The current folder of the test, with nothing in it but what `mvgit init` writes."""
    made = Repository(tmp_path / "work", tmp_path / "store")
    made.folder.mkdir()
    made.git("init", "-q")
    made.mvgit("init", "--remote", str(made.store))
    made.git("commit", "-qm", "settings")
    monkeypatch.chdir(made.folder)
    return made
