"""`get`, `open`, `receipt` and `follow`: what a service has of a model."""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import Repository, Scene, alone

import mvgit


class Host:
    """A bare repository with a remote that a service finds by MVGIT_REMOTE; versions of `spam` are made in `work`."""

    def __init__(self, work: Repository, address: str) -> None:
        self.work = work
        self.address = address

    def version(self, text: str) -> None:
        self.work.write("out/weights.bin", text)
        self.work.write("out/vocabulary.txt", "words")
        self.work.write("metrics.json", json.dumps({"accuracy": len(text) / 10}))
        self.work.mvgit("save", "spam", "--weights", "out", "-m", text)
        self.work.git("push", "-q", "origin", "main", "--follow-tags")

    def promote(self, label: str) -> None:
        self.work.mvgit("promote", label, "production", "-m", "because")


@pytest.fixture(scope="session")
def in_production(empty: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """`empty`, with a Git host and `spam@v1` in production."""

    def make(top: pathlib.Path) -> None:
        shutil.copytree(empty.restore(), top, dirs_exist_ok=True, symlinks=True)
        work = Repository(top / "work", top / "store")
        work.mvgit("remote", "remove", "store")
        work.mvgit("remote", "add", "store", str(work.store))
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(top / "host.git")], check=True)
        work.git("remote", "add", "origin", str(top / "host.git"))
        made = Host(work, str(top / "host.git"))
        made.version("one")
        made.promote("spam@v1")

    with alone(tmp_path_factory.mktemp("home")):
        return Scene(tmp_path_factory.mktemp("scenes") / "production", make)


@pytest.fixture
def host(in_production: Scene, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """That of `in_production`; the current folder is somewhere else."""
    top = in_production.restore()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MVGIT_REMOTE", str(top / "store"))
    return Host(Repository(top / "work", top / "store"), str(top / "host.git"))


def test_a_label_is_a_folder_that_stays_when_the_label_moves(host: Host) -> None:
    first = mvgit.get(host.address, "spam#production")
    assert (first / "out/weights.bin").read_text() == "one"
    assert os.listdir(first) == ["out"]
    assert (first.model, first.version, first.stage, first.event) == ("spam", 1, "production", 1)
    host.version("second")
    host.promote("spam@v2")
    second = mvgit.get(host.address, "spam#production")
    host.version("the third")
    host.promote("spam@v3")
    third = mvgit.get(host.address, "spam#production")
    assert [(each / "out/weights.bin").read_text() for each in (first, second, third)] == ["one", "second", "the third"]
    assert mvgit.get(host.address, "spam#production") == third
    assert mvgit.get(host.address, "spam@v3").path == third.path


def test_a_relative_address_is_that_of_the_folder(host: Host, tmp_path: pathlib.Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(here / "host.git")], check=True)
    beside = pathlib.Path(host.address).parent
    assert (mvgit.get("host.git", "spam@v1", cwd=beside) / "out/weights.bin").read_text() == "one"
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get("host.git", "spam@v1", cwd=here)
    assert caught.value.code == "label-unknown", "another repository, whatever was brought from the first"


def test_words_that_change_places_are_told(host: Host) -> None:
    for asked in (("spam#production", "https://host/team/models.git"), ("https://host/team/models.git",)):
        with pytest.raises(ValueError, match="the address comes first, then the label"):
            mvgit.get(*asked)
    with pytest.raises(TypeError, match="an address and a label"):
        mvgit.get()
    with pytest.raises(TypeError, match=r"on_change: a function .* `address=` is by name"):
        mvgit.follow(host.address, "spam#production")  # type: ignore[arg-type]


def test_a_part_is_opened(host: Host) -> None:
    with mvgit.open("spam@v1", "out/weights.bin", address=host.address) as file:
        assert file.seekable() and file.read() == b"one"
    with mvgit.open("spam@v1", "out/weights.bin", "r", encoding="utf-8", address=host.address) as text:
        assert text.read() == "one"
    release = mvgit.get(host.address, "spam@v1", only="out/weights.bin")
    assert os.listdir(release / "out") == ["weights.bin"]
    with pytest.raises(ValueError, match="only read"):
        release.open("out/weights.bin", "r+b")


def test_a_version_that_is_there_is_asked_of_nobody(host: Host) -> None:
    kept = mvgit.get(host.address, "spam@v1")
    shutil.rmtree(host.address)
    assert mvgit.get(host.address, "spam@v1") == kept
    with pytest.raises(mvgit.MvgitError):
        mvgit.get(host.address, "spam#production")


def test_while_the_host_is_away_the_last_one_counts_if_that_is_wanted(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = "http://127.0.0.1:9/spam.git"
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get(closed, "spam#production", stale=True)
    assert caught.value.exit_status == 25, "there is no last one"
    kept = mvgit.get(host.address, "spam#production")
    # As if that address had been asked before.
    from mvgit._release import Options, Request

    before, after = (
        Request.of((host.address, "spam#production"), Options()),
        Request.of((closed, "spam#production"), Options()),
    )
    shutil.copytree(before.folder, after.folder, symlinks=True)
    assert mvgit.get(closed, "spam#production", stale=True).path == kept.path
    with pytest.raises(mvgit.MvgitError):
        mvgit.get(closed, "spam#production")


def _flip(file: pathlib.Path) -> None:
    """As a disk does it: nothing else tells."""
    at = os.stat(file)
    os.chmod(file, 0o644)
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))


def _lead_away(file: pathlib.Path) -> None:
    shutil.move(str(file.parent), str(file.parent.with_name("elsewhere")))
    file.parent.symlink_to("elsewhere")


def _instead_of_a_folder(file: pathlib.Path) -> None:
    shutil.rmtree(file.parents[2])
    file.parents[2].write_text("")


DAMAGE = {
    "a byte": _flip,
    "a file": os.unlink,
    "another file": lambda file: file.with_name("more.txt").write_text(""),
    "a link": _lead_away,
    "the list": lambda file: (file.parents[2] / "made.json").unlink(),
    "the list's words": lambda file: (file.parents[2] / "made.json").write_bytes(b'{"out": 1, \xff'),
    "all files": lambda file: shutil.rmtree(file.parents[1]),
    "the folder": _instead_of_a_folder,
}


def test_what_changed_in_a_kept_folder_is_not_given(host: Host) -> None:
    # Of a stage it is another look, which finds more by itself.
    for label, kinds in [("spam@v1", list(DAMAGE)), ("spam#production", ["a byte", "a link"])]:
        for what in kinds:
            DAMAGE[what](mvgit.get(host.address, label) / "out/weights.bin")
            again = mvgit.get(host.address, label)
            assert (again / "out/weights.bin").read_text() == "one", what
            assert sorted(os.listdir(again / "out")) == ["vocabulary.txt", "weights.bin"], what


def test_where_it_cannot_be_had_anew_nothing_is_given(host: Host) -> None:
    for label in ("spam#production", "spam@v1"):
        mvgit.get(host.address, label)
    # Both are of the same files.
    _flip(mvgit.get(host.address, "spam@v1") / "out/weights.bin")
    os.rename(host.address, host.address + ".away")
    for label in ("spam@v1", "spam#production"):
        with pytest.raises(mvgit.MvgitError):
            mvgit.get(host.address, label, stale=True)


def test_of_files_that_are_being_removed_none_is_kept(tmp_path: pathlib.Path) -> None:
    from mvgit._shelf import Shelf

    (tmp_path / "r-1" / "files").mkdir(parents=True)
    (tmp_path / "r-1" / "files" / "one").write_text("1")
    told = {"release": str(tmp_path / "r-1"), "blake3": "00", "files": 2, "size": 2}
    shelf = Shelf(tmp_path / "cache", None)
    with pytest.raises(FileNotFoundError):
        shelf.keep(told)
    assert shelf.kept(told) is None
    assert os.listdir(tmp_path / "cache" / "versions") == []


def test_another_process_that_brings_it_is_waited_for(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from mvgit import _release

    real, tried = _release.command, []

    def busy(words: list[str], **options: Any) -> Any:
        tried.append(words)
        if len(tried) < 3:
            raise mvgit.MvgitError("another mvgit works", "lock-held", exit_status=25)
        return real(words, **options)

    monkeypatch.setattr(_release, "command", busy)
    assert mvgit.get(host.address, "spam@v1").version == 1
    assert len(tried) == 3


def test_a_repository_is_the_same_by_whatever_name(
    host: Host, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvgit._release import Options, Request

    def folder(address: str, **options: Any) -> pathlib.Path:
        return Request.of((address, "spam@v1"), Options(**options)).folder

    kept = mvgit.get(host.address, "spam@v1")
    shutil.rmtree(host.address)
    away = os.path.relpath(host.address, tmp_path)
    assert mvgit.get(away, "spam@v1") == mvgit.get(pathlib.Path(away), "spam@v1") == kept
    # A relative one is another repository elsewhere.
    assert folder("spam.git", cwd=tmp_path) != folder("spam.git", cwd=tmp_path / "below")
    assert (
        folder("https://token@host/spam.git") == folder("HTTPS://me:other@host/spam.git/") != folder("https://x/spam")
    )
    assert folder("host:spam.git", cwd="/") == folder("host:spam.git")


@pytest.mark.parametrize(
    ("address", "label", "code"),
    [
        ("--upload-pack=touch pwned", "spam@v1", "setting-invalid"),
        ("ext::sh -c touch% pwned", "spam@v1", "setting-invalid"),
        ("ssh://-oProxyCommand=touch pwned/x", "spam@v1", "setting-invalid"),
        ("https://me:sesame@127.0.0.1:9/x", "spam@v1", "remote-unavailable"),
        ("", "--help", None),
        ("", "spam#../..", "usage"),
        ("", "spam@v1:../../x", "unsafe-path"),
    ],
)
def test_words_that_would_be_more_are_none(host: Host, address: str, label: str, code: str | None) -> None:
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get(address or host.address, label)
    assert code in (None, caught.value.code)
    assert "sesame" not in repr((str(caught.value), caught.value.hint, caught.value.subject))
    assert not os.path.exists("pwned")


def test_what_is_said_of_a_version_is_told_to_the_log(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    host.work.mvgit("retract", "spam@v1", "--force", "-m", "learned from the test set")
    assert mvgit.get(host.address, "spam@v1").version == 1
    assert "spam@v1 is retracted" in caplog.text


def test_where_the_bytes_of_a_clone_are_its_settings_say(host: Host) -> None:
    with pytest.raises(ValueError, match="goes with an address"):
        mvgit.get("spam@v1", remote="store")


def test_processes_and_threads_share_it(host: Host) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert len({each.path for each in pool.map(lambda _: mvgit.get(host.address, "spam@v1"), range(3))}) == 1
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        paths = processes.starmap(_path, [(host.address, "spam#production")] * 2)
    assert set(paths) == {str(mvgit.get(host.address, "spam#production"))}
    assert len(os.listdir(pathlib.Path(paths[0]).parents[1])) == 1, "nothing is left beside it"


def _path(address: str, label: str) -> str:
    return str(mvgit.get(address, label))


def test_a_clone_is_asked_without_an_address(host: Host) -> None:
    release = mvgit.get("spam#production", cwd=host.work.folder)
    assert (release / "out/weights.bin").read_text() == "one"
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get("spam#staging", cwd=host.work.folder)
    assert (caught.value.code, caught.value.subject) == ("label-unknown", "spam#staging")


def test_a_receipt_names_what_this_process_got(host: Host) -> None:
    code = (
        "import mvgit, sys\n"
        "try: mvgit.receipt()\n"
        "except mvgit.MvgitError as error: print(error.code)\n"
        "mvgit.get(sys.argv[1], 'spam#production'); print(mvgit.receipt())\n"
        "mvgit.get(sys.argv[1], 'spam@v1'); print(mvgit.receipt('spam#production') == mvgit.receipt('spam@v1'))\n"
    )
    words = [sys.executable, "-c", code, host.address]
    nothing, line, same = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert (nothing, same) == ("usage", "False")
    told = json.loads(line)
    assert (told["model"], told["version"], told["stage"], told["event"]) == ("spam", 1, "production", 1)
    assert "this receipt belongs to spam@v1" in host.work.mvgit("explain", line).stdout


def test_folders_that_nobody_asks_for_go(host: Host) -> None:
    release = mvgit.get(host.address, "spam@v1")
    assert mvgit.prune(days=1) == []
    assert mvgit.prune(days=-1) == [], "it is what this process works with"
    code = "import mvgit; print(*mvgit.prune(days=-1), sep='\\n')"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert str(release.path.parent) in told.split("\n")
    assert (mvgit.get(host.address, "spam@v1") / "out/weights.bin").read_text() == "one"


def test_a_cache_that_cannot_be_made_is_told(host: Host, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get(host.address, "spam@v1", cache=tmp_path / "file" / "below")
    assert caught.value.code == "file-unreadable"


@pytest.mark.parametrize("place", ["host", "clone"])
def test_a_service_follows_a_stage(host: Host, place: str) -> None:
    from mvgit._release import Options, Request

    seen: list[tuple[int | None, str]] = []
    came = threading.Event()

    def on_change(release: mvgit.Release) -> None:
        seen.append((release.version, (release / "out/weights.bin").read_text()))
        assert json.loads(mvgit.receipt("spam#production"))["version"] == release.version
        came.set()
        if release.version == 2:
            raise SystemExit("what a callback raises ends nothing")

    options: Any = {"address": host.address} if place == "host" else {"cwd": host.work.folder}
    with mvgit.follow("spam#production", on_change, every=1.5, **options) as follower:
        assert seen == [(1, "one")]
        for number, text in [(2, "second"), (3, "the third")]:
            came.clear()
            host.version(text)
            host.promote("spam@v%d" % number)
            if place == "host":
                # Whoever brings it, the follower hears of it.
                Request.of((host.address, "spam#production"), Options()).take()
            assert came.wait(60), seen
            if number == 2:
                assert json.loads(mvgit.receipt("spam#production"))["version"] == 1, "predictions are of v1 still"
        assert follower.release.version == 3
        assert json.loads(mvgit.receipt(follower.release))["version"] == 3
    assert seen == [(1, "one"), (2, "second"), (3, "the third")]


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="processes are looked up in /proc")
def test_nothing_looks_on_when_the_program_is_killed(host: Host) -> None:
    code = (
        "import mvgit, sys, time\n"
        "mvgit.follow('spam#production', address=sys.argv[1], every=1)\n"
        "time.sleep(float(sys.argv[2])); print(os.fork() or sys.stdin.read(1), flush=True); time.sleep(60)\n"
    )
    words = [sys.executable, "-W", "ignore", "-c", "import os\n" + code, host.address, "1"]
    service = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert service.stdin is not None and service.stdout is not None
    # It has forked a child, which stays.
    child = int(service.stdout.readline())
    try:
        assert _until(lambda: _watches(host.address) != [])
        service.kill()
        service.wait()
        assert _until(lambda: _watches(host.address) == [])
    finally:
        os.kill(child, signal.SIGKILL)


def _watches(address: str) -> list[str]:
    told = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True).stdout.split("\n")
    return [line for line in told if address in line and "--end-with-stdin" in line]


def _until(holds: object) -> bool:
    assert callable(holds)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False
