"""`mvgit.command`: documents in, errors out, nothing left running."""

import copy
import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Repository

import mvgit


def test_it_answers_the_document_and_prints_nothing(repository: "object", capfd: "pytest.CaptureFixture[str]") -> None:
    assert mvgit.command(["ls"]) == {"mvgit": 1, "command": "ls", "tracked": []}
    assert capfd.readouterr() == ("", "")


def test_an_error_has_its_code_hint_and_subject(repository: "object") -> None:
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.command(["show", "spam@v1"])
    error = caught.value
    assert (error.code, error.subject, error.exit_status) == ("label-unknown", "spam", 1)
    assert error.hint is not None and "mvgit log" in error.hint
    assert "spam" in str(error)


def test_a_text_is_no_list_of_words() -> None:
    with pytest.raises(TypeError, match="words: a list"):
        mvgit.command("stages")


def test_help_has_every_public_name(capsys: "pytest.CaptureFixture[str]") -> None:
    undocumented = [name for name in mvgit.__all__ if not getattr(mvgit, name).__doc__]
    assert undocumented == []
    untold = [name for name in mvgit.__all__ if name.islower() and "mvgit.%s(" % name not in str(mvgit.__doc__)]
    assert untold == []
    with pytest.raises(AttributeError, match=r"'import mvgit.keras' comes first"):
        mvgit.__getattr__("keras")


def test_an_error_goes_between_processes() -> None:
    error = mvgit.MvgitError("what", "remote-unavailable", "try again", "gs://b", 69)
    same = pickle.loads(pickle.dumps(error))
    assert (str(same), same.code, same.hint, same.subject, same.exit_status) == (
        "what",
        "remote-unavailable",
        "try again",
        "gs://b",
        69,
    )


def test_an_error_keeps_what_was_noted_on_it() -> None:
    error = mvgit.MvgitError("what", "lock-held", subject="x")
    error.note = "more"  # type: ignore[attr-defined]
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (str(same), same.code, same.hint, same.subject, same.note) == ("what", "lock-held", None, "x", "more")


@pytest.mark.parametrize(
    ("words", "cwd", "code"),
    [
        (["show", "a\0b"], None, "usage"),
        (["show", "x" * 3_000_000], None, "usage"),
        (["ls"], os.path.join(os.path.abspath(os.sep), "nowhere"), "not-a-repository"),
    ],
)
def test_what_cannot_be_started_is_an_error_of_mvgit(words: list[str], cwd: "str | None", code: str) -> None:
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.command(words, cwd=cwd)
    assert caught.value.code == code


def test_outside_of_a_repository_it_says_so(tmp_path: pathlib.Path) -> None:
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.command(["status"], cwd=tmp_path)
    assert caught.value.code == "not-a-repository"


def test_what_is_loaded_by_need_is_in_the_bundle(repository: Repository) -> None:
    repository.write("params.yaml", "lr: 0.1\n")
    repository.write("w.bin", "weights")
    repository.mvgit("save", "spam", "--weights", "w.bin")
    assert mvgit.command(["show", "spam@v1"])["package"]["params"] == {"lr": 0.1}


AZURE = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:9/a"


@pytest.mark.parametrize(
    ("address", "env"),
    [
        ("gs://bucket/a", {"METADATA_SERVER_DETECTION": "none"}),
        ("s3://bucket/a", {"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1"}),
        ("az://account/container/a", {"AZURE_STORAGE_CONNECTION_STRING": AZURE}),
    ],
)
def test_clients_of_clouds_are_in_the_bundle(repository: Repository, address: str, env: dict[str, str]) -> None:
    # They do not know who the user is, or find nobody at home.
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.command(["remote", "add", "other", address], env=env)
    assert caught.value.code in ("access-denied", "remote-unavailable"), caught.value


def test_words_are_no_shell(repository: "object", tmp_path: pathlib.Path) -> None:
    with pytest.raises(mvgit.MvgitError):
        mvgit.command(["show", "a; touch %s" % (tmp_path / "touched")])
    assert not (tmp_path / "touched").exists()


def test_threads_and_forked_processes_call_it(repository: "object") -> None:
    with ThreadPoolExecutor(4) as pool:
        assert [told["command"] for told in pool.map(lambda _: mvgit.command(["ls"]), range(4))] == ["ls"] * 4
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(2) as processes:
            assert processes.map(_ls, range(2)) == ["ls", "ls"]


def _ls(_: int) -> str:
    return str(mvgit.command(["ls"])["command"])


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal here")
def test_after_ctrl_c_nothing_runs_on(repository: "object") -> None:
    seen = []

    def interrupt() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not (found := _children("sleep 61")):
            time.sleep(0.05)
        seen.extend(found)
        os.kill(os.getpid(), signal.SIGINT)

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        mvgit.command(["run", "m", "--", "sleep", "61"])
    other.join()
    assert seen, "the command was under way"
    assert not _children("sleep 61")


def _children(words: str) -> "list[str]":
    """Processes that run these words."""
    told = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True).stdout
    return [line for line in told.split("\n") if line == words]


def test_a_command_that_takes_too_long_ends(repository: "object") -> None:
    with pytest.raises(TimeoutError):
        mvgit.command(["run", "m", "--", sys.executable, "-c", "import time; time.sleep(60)"], timeout=3)


def test_what_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError):
        mvgit.nothing  # noqa: B018
    assert {"command", "MvgitError", "__version__"} <= set(dir(mvgit))
