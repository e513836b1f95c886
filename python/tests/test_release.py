"""`get`, `open`, `receipt` and `follow`: what a service has of a model."""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

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
    from mvgit._release import Request

    before, after = Request.of(host.address, "spam#production"), Request.of(closed, "spam#production")
    shutil.copytree(before.folder, after.folder, symlinks=True)
    assert mvgit.get(closed, "spam#production", stale=True).path == kept.path
    with pytest.raises(mvgit.MvgitError):
        mvgit.get(closed, "spam#production")


def test_what_somebody_wrote_into_a_kept_folder_is_not_given(host: Host) -> None:
    release = mvgit.get(host.address, "spam#production")
    written = release / "out/weights.bin"
    os.chmod(written, 0o644)
    written.write_text("other")
    again = mvgit.get(host.address, "spam#production")
    assert (again / "out/weights.bin").read_text() == "one"


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
    assert release.path.parent in mvgit.prune(days=-1)
    assert (mvgit.get(host.address, "spam@v1") / "out/weights.bin").read_text() == "one"


def test_a_cache_that_cannot_be_made_is_told(host: Host, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.get(host.address, "spam@v1", cache=tmp_path / "file" / "below")
    assert caught.value.code == "file-unreadable"


@pytest.mark.parametrize("place", ["host", "clone"])
def test_a_service_follows_a_stage(host: Host, place: str) -> None:
    seen: list[tuple[int | None, str]] = []
    came = threading.Event()

    def on_change(release: mvgit.Release) -> None:
        seen.append((release.version, (release / "out/weights.bin").read_text()))
        came.set()
        if release.version == 2:
            raise RuntimeError("what a callback raises ends nothing")

    options = {"address": host.address} if place == "host" else {"cwd": host.work.folder}
    with mvgit.follow("spam#production", on_change, every=1.5, **options) as follower:
        assert seen == [(1, "one")]
        for number, text in [(2, "second"), (3, "the third")]:
            came.clear()
            host.version(text)
            host.promote("spam@v%d" % number)
            assert came.wait(60), seen
        assert follower.release.version == 3
        assert json.loads(mvgit.receipt(follower.release))["version"] == 3
    assert seen == [(1, "one"), (2, "second"), (3, "the third")]


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="processes are looked up in /proc")
def test_nothing_looks_on_when_the_program_is_killed(host: Host) -> None:
    code = (
        "import mvgit, sys, time\n"
        "mvgit.follow('spam#production', address=sys.argv[1], every=1)\n"
        "print('follows', flush=True); time.sleep(60)\n"
    )
    service = subprocess.Popen([sys.executable, "-c", code, host.address], stdout=subprocess.PIPE)
    assert service.stdout is not None
    assert service.stdout.readline() == b"follows\n"
    assert _until(lambda: _watches(host.address) != [])
    service.kill()
    service.wait()
    assert _until(lambda: _watches(host.address) == [])


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
