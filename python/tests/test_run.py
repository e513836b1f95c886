"""`with mvgit.run(…)`: the record of a command for a block, its failures, and what stands in its way."""

import json
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


def test_a_block_is_a_version_with_the_record_of_a_command(project: Any) -> None:
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


def test_it_runs_again_by_the_command_and_is_no_second_version_there(project: Any) -> None:
    python(project.folder, "train.py")
    told = mvgit.command(["reproduce", "spam@v1"])
    assert (told["verdict"], told["environmentState"]) == ("identical", "as recorded")
    project.mvgit("run", "spam", "-m", "second")
    assert project.git("tag", "--list").split() == ["spam@v1", "spam@v2"]
    pack = package("spam@v2")
    assert [each["path"] for each in pack["weights"]] == ["w.bin"]
    assert pack["params"] == {"lr": 0.1}


def test_the_code_is_that_of_the_beginning_and_the_data_too(project: Any) -> None:
    script(
        project,
        """
        with mvgit.run("spam", data="mails", weights="w.bin") as run:
            open("w.bin", "w").write("w")
            open("mails/a.txt", "w").write("changed")
            open("train.py", "a").write("# changed\\n")
        assert any("'mails' changed while the command ran" in note for note in run.notes), run.notes
        """,
    )
    pack = package("spam@v1")
    outputs = {each["path"]: each["before"] for each in pack["code"]["outputs"]}
    assert outputs["train.py"] is not None


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
        for error in (SystemExit(3), KeyboardInterrupt()):
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
        ("interrupted", 130),
        ("failed", 0),
    ]


def test_a_block_that_cannot_begin_says_why(project: Any) -> None:
    script(
        project,
        """
        for words in ({"model": "Bad Name"}, {"model": "spam", "data": "nothing"}):
            try:
                with mvgit.run(**words):
                    raise AssertionError
            except mvgit.MvgitError as error:
                assert error.code != "bug" and str(error), error
            assert "MVGIT_RUN" not in os.environ
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
                assert failed == [("lock-held", 25)], failed
            print(run.label)
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


def test_a_second_run_in_the_same_work_tree_is_refused(project: Any) -> None:
    script(
        project,
        """
        import subprocess
        code = '''
        import mvgit
        try:
            with mvgit.run("ham", data="mails"):
                raise AssertionError
        except mvgit.MvgitError as error:
            print(error.code, error.exit_status)
        '''
        with mvgit.run("spam", data="mails"):
            env = {name: value for name, value in os.environ.items() if not name.startswith("MVGIT_")}
            words = [sys.executable, "-c", __import__("textwrap").dedent(code)]
            told = subprocess.run(words, env=env, capture_output=True, text=True)
            assert told.stdout == "lock-held 25\\n", told
        """,
    )


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
    assert [each["state"] for each in runs()] == ["interrupted"]
    project.mvgit("save", "--run", runs()[0]["id"])
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
        except mvgit.MvgitError as error:
            assert error.code == "run-failed" and "killed by signal 9" in str(error), error
        else:
            raise AssertionError
        assert "MVGIT_RUN" not in os.environ
        """,
    )
    (kept,) = runs()
    assert kept["state"] == "killed"
    project.mvgit("save", "--run", kept["id"])
    pack = package("spam@v1")
    assert ([each["path"] for each in pack["weights"]], pack["metrics"]) == (["w.bin"], {"loss": 0.5})


@posix
def test_a_forked_process_that_leaves_the_block_does_not_end_it(project: Any) -> None:
    out = script(
        project,
        """
        with mvgit.run("spam", data="mails", weights="w.bin") as run:
            if os.fork() == 0:
                sys.exit(7)
            os.wait()
            mvgit.log(loss=1)
            open("w.bin", "w").write("w")
        print(run.label)
        """,
    )
    assert out == "spam@v1\n"
    assert package("spam@v1")["metrics"] == {"loss": 1}


def test_modules_and_scripts_that_changed_their_folder_are_started_as_they_were(project: Any) -> None:
    project.write("pack/__init__.py", "")
    project.write("pack/train.py", TRAIN)
    python(project.folder, "-m", "pack.train")
    assert package("spam@v1")["run"]["command"] == [sys.executable, "-m", "pack.train"]

    script(
        project,
        """
        os.makedirs("sub")
        os.chdir("sub")
        with mvgit.run("spam", data="../mails", weights="w.bin") as run:
            open("w.bin", "w").write("w")
        """,
    )
    pack = package("spam@v2")
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
    out, _ = process.communicate('{"status": 0, "notes": ["a note"]}', timeout=60)
    assert json.loads(out)["label"] == "spam@v1"
    assert "a note" in package("spam@v1")["notes"]
