"""`with mvgit.run(…)`: the record of a command for a block, its failures, and what stands in its way."""

import json
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest

import mvgit

posix = pytest.mark.skipif(os.name != "posix", reason="signals and fork are of POSIX")

TRAIN = """
import os, sys, mvgit

with mvgit.run("spam", data="mails", weights="w.bin", message="first", params={"lr": 0.1}) as run:
    for step in range(3):
        mvgit.log(step=step, loss=1 / (step + 1))
    with open("w.bin", "w") as file:
        file.write("weights" + "".join(sys.argv[1:]))
    print(os.environ.get("MVGIT_RUN"), run.id)
print(run.label, run.version, run.summary and run.summary["scores"], os.environ.get("MVGIT_RUN"))
"""


@pytest.fixture
def project(repository: Any) -> Any:
    repository.write("mails/a.txt", "1\n")
    repository.write("train.py", TRAIN)
    repository.git("add", "train.py")
    repository.git("commit", "-qm", "code")
    return repository


def python(folder: pathlib.Path, *words: str, status: int = 0) -> "tuple[str, str]":
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def script(project: Any, text: str, status: int = 0) -> str:
    project.write("block.py", "import mvgit, os, sys, threading\n" + textwrap.dedent(text))
    out, err = python(project.folder, "block.py", status=status)
    assert status != 0 or err == ""
    return out


def package(label: str) -> Any:
    return mvgit.command(["show", label])["package"]


def runs() -> Any:
    return mvgit.command(["runs"])["runs"]


def test_a_block_is_a_version_with_the_record_of_a_command_which_runs_it_again(project: Any) -> None:
    out, err = python(project.folder, "train.py", "--name", "x")
    first, second = out.splitlines()
    known, shown = first.split()
    assert known == shown
    assert second == "spam@v1 1 [{'name': 'loss', 'value': 0.3333333333333333, 'before': None}] None"
    assert err == ""
    pack = package("spam@v1")
    assert pack["run"]["command"] == [sys.executable, "train.py", "--name", "x"]
    assert pack["run"]["id"] == known
    assert pack["params"] == {"name": "x", "lr": 0.1}
    assert [each["path"] for each in pack["data"] + pack["weights"]] == ["mails", "w.bin"]
    assert (pack["message"], pack["notes"], pack["run"]["status"]) == ("first", [], 0)
    interpreter, *others = pack["environment"]["interpreters"]
    assert (interpreter["role"], others) == ("program", [])
    assert pack["environment"]["python"]["version"] == "%d.%d.%d" % sys.version_info[:3]
    assert "pytest==%s" % pytest.__version__ in pack["environment"]["python"]["packages"]
    assert mvgit.command(["show", "spam@v1", "--plot", "loss"])["plot"]["points"][0] == {"x": 0, "y": 1}
    assert project.git("status", "--porcelain") == ""

    # Inside of another run it is no second version.
    told = mvgit.command(["reproduce", "spam@v1"])
    assert (told["verdict"], told["environmentState"]) == ("identical", "as recorded")
    project.mvgit("run", "spam", "-m", "second")
    assert project.git("tag", "--list").split() == ["spam@v1", "spam@v2"]
    pack = package("spam@v2")
    assert [each["path"] for each in pack["weights"]] == ["w.bin"]
    assert pack["params"] == {"name": "x", "lr": 0.1}


def test_code_and_data_are_those_of_the_beginning_and_a_forked_process_ends_no_block(project: Any) -> None:
    script(
        project,
        """
        with mvgit.run("spam", data="mails", weights="w.bin") as run:
            open("w.bin", "w").write("w")
            open("mails/a.txt", "w").write("changed")
            open("train.py", "a").write("# changed\\n")
            # A forked process that leaves the block does not end it.
            if hasattr(os, "fork") and os.fork() == 0:
                sys.exit(7)
            if hasattr(os, "fork"):
                os.wait()
            mvgit.log(loss=1)
        assert any("'mails' changed while the command ran" in note for note in run.notes), run.notes
        """,
    )
    pack = package("spam@v1")
    outputs = {each["path"]: each["before"] for each in pack["code"]["outputs"]}
    assert outputs["train.py"] is not None
    assert pack["metrics"] == {"loss": 1}


def test_a_block_that_raises_is_kept_and_the_exception_goes_on(project: Any) -> None:
    script(
        project,
        """
        try:
            with mvgit.run("spam", data="mails", weights="w.bin") as run:
                mvgit.log(step=1, loss=0.5)
                open("w.bin", "w").write("half")
                raise ValueError("no\\nluck")
        except ValueError:
            assert run.label is None and run.id and run.error.code == "run-failed", run.error
        else:
            raise AssertionError
        """,
    )
    kept, *others = runs()
    assert (kept["state"], kept["why"], kept["scores"], others) == (
        "failed",
        "the command raised ValueError: no luck",
        {"loss": 0.5},
        [],
    )
    project.mvgit("save", "--run", kept["id"])
    pack = package("spam@v1")
    assert "the command raised ValueError: no luck" in pack["notes"]
    assert [each["path"] for each in pack["weights"]] == ["w.bin"]


def test_a_block_that_is_left_otherwise_is_kept_as_that(project: Any) -> None:
    script(
        project,
        """
        error = SystemExit(3)
        try:
            with mvgit.run("spam", data="mails"):
                raise error
        except BaseException as same:
            assert same is error
        try:
            with mvgit.run("spam", data="mails", weights="w.bin") as run:
                pass
        except mvgit.MvgitError as error:
            assert error.code == "run-failed" and "w.bin" in str(error), error
        else:
            raise AssertionError
        """,
    )
    assert [(each["state"], each["status"]) for each in reversed(runs())] == [
        ("failed", 3),
        ("failed", 0),
    ]


def test_a_block_that_cannot_begin_says_why(project: Any) -> None:
    script(
        project,
        """
        refused = {}
        os.mkdir("gone")
        long = {"message": "x" * 3_000_000}
        tried = ({"model": "Bad Name"}, {"model": "--help"}, {"data": "nothing"}, {"message": "a\\0b"}, long, {})
        for words in tried:
            if words == {}:
                os.chdir("gone")
                os.rmdir(os.path.join("..", "gone"))
            try:
                with mvgit.run(**{"model": "spam", **words}):
                    raise AssertionError
            except mvgit.MvgitError as error:
                refused[str(words)[:30]] = error.code
            assert "MVGIT_RUN" not in os.environ
        codes = ["usage", "usage", "cannot-add", "usage", "usage", "not-a-repository"]
        assert list(refused.values()) == codes, refused
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        # Of several processes the first makes the version.
        os.environ["RANK"] = "1"
        with mvgit.run("spam", data="mails") as run:
            mvgit.log(loss=1)
        assert (run.label, run.id) == (None, None)
        """,
    )
    assert runs() == []
    assert project.git("tag", "--list") == ""


def test_blocks_after_each_other_inside_each_other_and_beside(project: Any) -> None:
    out = script(
        project,
        """
        import contextvars, subprocess, textwrap
        code = '''
        import mvgit
        try:
            with mvgit.run("ham", data="mails"):
                raise AssertionError
        except mvgit.MvgitError as error:
            print(error.code, error.exit_status)
        '''
        # As a launcher of one process may leave it.
        os.environ["RANK"] = ""
        os.environ["WORLD_SIZE"] = "2"
        before = dict(os.environ)
        for name in ("a", "b"):
            assert dict(os.environ) == before
            with mvgit.run("spam", data="mails", weights="w.bin") as run:
                assert os.environ["MLFLOW_TRACKING_URI"].startswith("http://127.0.0.1:")
                open("w.bin", "w").write(name)
                with mvgit.run("inner", weights="inner.bin", params={"inner": 1}) as inner:
                    open("inner.bin", "w").write(name)
                assert inner.label is None
                failed = []
                def beside():
                    try:
                        with mvgit.run("ham"):
                            pass
                    except mvgit.MvgitError as error:
                        failed.append((error.code, error.exit_status))
                thread = threading.Thread(target=beside)
                thread.start()
                thread.join()
                # As in another task of the same thread.
                contextvars.Context().run(beside)
                assert failed == [("lock-held", 25)] * 2, failed
                env = {name: value for name, value in os.environ.items() if not name.startswith("MVGIT_")}
                words = [sys.executable, "-c", textwrap.dedent(code)]
                told = name == "b" or subprocess.run(words, env=env, capture_output=True, text=True)
                assert told is True or told.stdout == "lock-held 25\\n", told
            print(run.label)
            # The first of two, which cannot start the other one when it is reproduced.
            assert any("2 processes" in note for note in run.notes) is (name == "b"), run.notes
            os.environ["RANK"] = "0"
            before["RANK"] = "0"
        try:
            run.__enter__()
        except RuntimeError:
            print("once")
        """,
    )
    assert out.split() == ["spam@v1", "spam@v2", "once"]
    pack = package("spam@v2")
    assert sorted(each["path"] for each in pack["weights"]) == ["inner.bin", "w.bin"]
    assert pack["params"] == {"inner": 1}


@posix
def test_ctrl_c_ends_the_block_alone_and_keeps_its_run(project: Any) -> None:
    project.write(
        "block.py",
        textwrap.dedent(
            """
            import mvgit, time
            try:
                with mvgit.run("spam", data="mails", weights="w.bin"):
                    open("w.bin", "w").write("half")
                    print("ready", flush=True)
                    time.sleep(60)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            """
        ),
    )
    # A group of its own, which is signalled as a terminal does.
    process = subprocess.Popen(
        [sys.executable, "block.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60) == ("interrupted\n", "")
    assert [(each["state"], each["status"]) for each in runs()] == [("interrupted", 130)]


#: A git that has this process interrupted at one of its commands, once.
GIT = """\
#!/bin/sh
case " $* " in
*" $INTERRUPT_AT "*) if mkdir "$MARK" 2>&-; then kill -INT "$WHOM"; sleep 0.3; fi;;
esac
PATH=${PATH#*:} exec git "$@"
"""


@posix
@pytest.mark.parametrize("at", ["mktree", "diff-tree"])
def test_ctrl_c_while_the_run_begins_or_its_version_is_made(project: Any, tmp_path: pathlib.Path, at: str) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(GIT)
    (tmp_path / "bin" / "git").chmod(0o755)
    out = script(
        project,
        """
        path = os.environ["PATH"]
        os.environ.update(
            PATH=%r + os.pathsep + path, INTERRUPT_AT=%r, MARK=%r, WHOM=str(os.getpid())
        )
        run = mvgit.run("spam", data="mails", weights="w.bin")
        try:
            with run:
                print("begun")
                open("w.bin", "w").write("w")
        except KeyboardInterrupt:
            print("interrupted")
        os.environ["PATH"] = path
        print("MVGIT_RUN" in os.environ, run.label)
        """
        % (str(tmp_path / "bin"), at, str(tmp_path / "mark")),
    )
    if at == "mktree":
        assert out.split() == ["interrupted", "False", "None"]
        assert runs() == []
        assert project.git("tag", "--list") == ""
        return
    begun, interrupted, known, label = out.split()
    assert (begun, interrupted, known) == ("begun", "interrupted", "False")
    if label == "None":
        (kept,) = runs()
        project.mvgit("save", "--run", kept["id"])
    assert project.git("tag", "--list").split() == ["spam@v1"]
    assert [each["path"] for each in package("spam@v1")["weights"]] == ["w.bin"]


@posix
def test_a_process_that_is_killed_leaves_a_kept_run(project: Any) -> None:
    project.write(
        "block.py",
        textwrap.dedent(
            """
            import multiprocessing, mvgit, os, signal, time
            if __name__ == "__main__":
                with mvgit.run("spam", data="mails", weights="w.bin"):
                    open("w.bin", "w").write("half")
                    # A forked process that outlives it holds what it held.
                    if os.fork() == 0:
                        time.sleep(30)
                        os._exit(0)
                    os.kill(os.getpid(), signal.SIGKILL)
            """
        ),
    )
    done = subprocess.run([sys.executable, "block.py"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while [each["state"] for each in runs()] == ["running"] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [(each["state"], each["why"]) for each in runs()] == [("failed", "the command went away without a word")]


@posix
def test_where_mvgit_is_killed_the_block_says_so_and_the_run_is_listed(project: Any) -> None:
    script(
        project,
        """
        try:
            with mvgit.run("spam", data="mails", weights="w.bin") as run:
                mvgit.log(loss=0.5)
                open("w.bin", "w").write("w")
                run._helper.process.kill()
                # Whoever waits for any child takes its status away.
                assert os.wait()[1] == 9
        except mvgit.MvgitError as error:
            assert error.code == "run-failed" and "went away without a word" in str(error), error
        else:
            raise AssertionError
        assert "MVGIT_RUN" not in os.environ
        # It is over, though this process goes on.
        try:
            with mvgit.run("spam") as run:
                sys.exit(3)
        except SystemExit:
            assert run.id
        """,
    )
    failed, killed = runs()
    assert (failed["state"], killed["state"], killed["scores"]) == ("failed", "killed", {"loss": 0.5})


STARTED = """
import json, multiprocessing, os, sys
from mvgit import _started

def tell(*where):
    told = _started.started()
    print(json.dumps([told.words, told.folder, told.notes]), flush=True)

if __name__ == "__main__":
    tell()
    for method in sys.argv[1:]:
        process = multiprocessing.get_context(method).Process(target=tell)
        process.start()
        process.join()
    os.makedirs("sub", exist_ok=True)
    os.chdir("sub")
    tell()
"""


def test_a_program_is_started_again_as_it_was(tmp_path: pathlib.Path) -> None:
    def told(*words: str, stdin: "str | None" = None) -> "list[Any]":
        done = subprocess.run([sys.executable, *words], cwd=tmp_path, input=stdin, capture_output=True, text=True)
        assert done.stderr == ""
        return [json.loads(line) for line in done.stdout.splitlines()]

    (tmp_path / "pack").mkdir()
    for name in ("__init__.py", "train.py"):
        (tmp_path / "pack" / name).write_text(STARTED)
    methods = multiprocessing.get_all_start_methods()
    here = str(tmp_path)
    *found, moved = told(os.path.join("pack", "train.py"), *methods)
    assert found == [[[sys.executable, os.path.join("pack", "train.py"), *methods], here, []]] * (len(methods) + 1)
    script = [sys.executable, os.path.join("..", "pack", "train.py"), *methods]
    assert moved == [script, os.path.join(here, "sub"), []]
    *found, moved = told("-m", "pack.train", "spawn")
    assert found == [[[sys.executable, "-m", "pack.train", "spawn"], here, []]] * 2
    for words in ([], ["-"]):
        first, _ = told(*words, stdin=STARTED)
        assert first[2] == ["what was typed or piped into Python is not recorded: its command runs nothing again"]


def test_paths_count_from_the_current_folder(project: Any) -> None:
    script(
        project,
        """
        os.makedirs("sub")
        os.chdir("sub")
        with mvgit.run("spam", data="../mails", weights="w.bin") as run:
            open("w.bin", "w").write("w")
        """,
    )
    pack = package("spam@v1")
    assert (pack["run"]["folder"], pack["run"]["command"][1:]) == ("sub", [os.path.join("..", "block.py")])
    assert [each["path"] for each in pack["weights"]] == ["sub/w.bin"]


def test_the_document_says_that_it_may_begin(project: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mvgit", "--json", "run", "spam", "--attach", str(os.getpid()), "--", "sh", "x.sh"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert (told["mvgit"], told["command"]) == (1, "run")
    assert set(told["env"]) >= {"MVGIT_LOG", "MVGIT_RUN"}
    out, _ = process.communicate('{"status": 3, "said": "had enough"}', timeout=60)
    document = json.loads(out)
    assert (document["label"], document["status"]) == (None, 3)
    assert document["failure"]["message"].startswith("the command had enough")
