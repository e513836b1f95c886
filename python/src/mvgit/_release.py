"""The files of a version, as a folder that stays: for whoever loads a model."""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, NamedTuple

from mvgit._command import command
from mvgit._errors import MvgitError
from mvgit._shelf import Place, Shelf, shown, touch

#: Exit status of what may work later: a host or remote that is away, a disk that is full.
LATER = 25

#: How often a command is started that waits for another one, each time for minutes.
PATIENCE = 200


class Release(os.PathLike):  # type: ignore[type-arg]
    """A folder with the files of one version, each under its path of the version. It is never changed.

    It is a path (`os.fspath(release)`, `release / "weights.pt"`, `release.path`) and says which version it is:
    `model`, `version` (None for a revision of Git), `label` (as asked), `stage` and `event`, the number of the stage's
    move (None unless it was asked by a stage), `commit`, and `package`, the hash of the file that lists all of it.
    """

    def __init__(self, path: pathlib.Path, label: str, told: Mapping[str, Any]) -> None:
        self.path = path
        self.label = label
        self.model: str | None = told.get("model")
        self.version: int | None = told.get("version")
        self.stage: str | None = told.get("stage")
        self.event: int | None = told.get("event")
        self.package: str | None = told.get("package")
        self.commit: str = told["commit"]

    def __fspath__(self) -> str:
        return str(self.path)

    def __truediv__(self, name: str) -> pathlib.Path:
        return self.path / name

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        version = self.label if self.version is None else "%s@v%d" % (self.model, self.version)
        return "<mvgit.Release %s in %r>" % (version, str(self.path))

    def _is(self) -> tuple[object, ...]:
        # Two versions may have the same files.
        return (self.path, self.model, self.version, self.commit, self.stage, self.event)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and self._is() == other._is()

    def __hash__(self) -> int:
        return hash(self._is())

    def open(self, name: str, mode: str = "rb", **options: Any) -> IO[Any]:
        """Opens one of its files to read, as the built-in `open` does."""
        if set(mode) & set("wax+"):
            raise ValueError("a release is only read")
        return builtins.open(self.path / name, mode, **options)

    def receipt(self) -> str:
        """One line of JSON to log with each prediction; `mvgit explain` takes it back."""
        if self.version is None:
            raise MvgitError("%r is no version of a model, and has no receipt" % self.label, "usage")
        fields = {"mvgit": 1, "model": self.model, "version": self.version, "package": self.package}
        if self.stage is not None:
            fields.update(stage=self.stage, event=self.event)
        return json.dumps(fields, separators=(",", ":"))


class Options(NamedTuple):
    """What `get`, `open` and `follow` take by name alike."""

    only: str | Iterable[str] = ()
    cache: Place | None = None
    remote: Place | None = None
    stale: bool = False
    accept_older: bool = False
    cwd: Place | None = None
    env: Mapping[str, str] | None = None


def get(
    *where: Place,
    only: str | Iterable[str] = (),
    cache: Place | None = None,
    remote: Place | None = None,
    stale: bool = False,
    accept_older: bool = False,
    cwd: Place | None = None,
    env: Mapping[str, str] | None = None,
) -> Release:
    """Answers the folder of what a label means now: `get(ADDRESS, LABEL)` asks a Git host, `get(LABEL)` the clone
    around.

    `LABEL` is `spam#production`, `spam@v3`, `spam@latest`, or `REV:PATH`; `only` is `"weights"`, `"data"` or paths of
    the version, `remote` where the bytes are (else what settings say), `cwd` a folder of the clone, `env` variables
    besides those of this process. Every byte is verified when it arrives. Folders are kept below `cache`
    (`~/.cache/mvgit/models`), one for each version, and processes share them; of a version that is there nobody is
    asked.

    With `stale`, where host or remote are away, it answers what the label meant when it was last asked. What a label
    showed here is never taken back without `accept_older`. Raises `MvgitError`; its `code` is `label-unknown`,
    `chain-broken`, `version-damaged`, `blob-missing`, `access-denied`, `remote-unavailable` and others.
    """
    request = Request.of(where, Options(only, cache, remote, stale, accept_older, cwd, env))
    release = request.take()
    got(request, release)
    return release


@dataclasses.dataclass(frozen=True)
class Request:
    """What `get` was asked for."""

    #: May hold credentials.
    address: str | None = dataclasses.field(repr=False)
    label: str
    only: tuple[str, ...]
    #: Absolute.
    cwd: str
    shelf: Shelf
    remote: str | None = dataclasses.field(repr=False)
    stale: bool
    accept_older: bool
    env: Mapping[str, str] | None = dataclasses.field(repr=False)

    @classmethod
    def of(cls, where: tuple[Place, ...], options: Options) -> Request:
        if len(where) not in (1, 2):
            raise TypeError("a label, or an address and a label: get('https://host/models.git', 'spam#production')")
        *before, label = (os.fspath(each) for each in where)
        if "://" in label or label.endswith(".git"):
            raise ValueError("%r stands where the label does: the address comes first, then the label" % label)
        only, remote = options.only, options.remote
        if remote is not None and not before:
            raise ValueError("remote: goes with an address; a clone's settings say where its bytes are")
        return cls(
            before[0] if before else None,
            label,
            (only,) if isinstance(only, str) else tuple(sorted(only)),
            os.path.realpath(options.cwd or os.curdir),
            Shelf(options.cache, options.env),
            None if remote is None else os.fspath(remote),
            options.stale,
            options.accept_older,
            options.env,
        )

    @property
    def folder(self) -> pathlib.Path:
        """What `mvgit get` fills for this label."""
        origin = "clone " + self.cwd if self.address is None else "host " + _origin(self.address, self.cwd)
        return self.shelf.label(origin, self.label, *self.only)

    def words(self, *more: str) -> list[str]:
        """Of the command that fills it."""
        words = ["export" if self.address is None else "get", *more, "-o", str(self.folder)]
        words += ["--only=" + part for part in self.only]
        words += [] if self.remote is None else ["--remote=" + self.remote]
        words += ["--accept-older"] * self.accept_older
        return [*words, "--", *([] if self.address is None else [self.address]), self.label]

    def take(self) -> Release:
        """Brings what the label means now."""
        kept = self._kept() if _is_version(self.label) and not self.accept_older else None
        if kept is not None:
            return kept
        self.shelf.make()
        for tries_left in reversed(range(PATIENCE)):
            try:
                command(self.words(), cwd=self.cwd, env=self.env)
                break
            except MvgitError as error:
                kept = self._kept() if self.stale and error.exit_status == LATER else None
                if kept is not None:
                    return kept
                # Another process brings it, which may take long.
                if error.code != "lock-held" or tries_left == 0:
                    raise
        return self.shown()

    def shown(self) -> Release:
        """What the folder shows, which was verified just now, kept where it stays when the label moves on."""
        for tried in range(20):
            told = shown(self.folder)
            try:
                if told is not None:
                    return Release(self.shelf.keep(told), self.label, told)
            except FileNotFoundError:
                # It moved on twice meanwhile: what it shows now is as good.
                pass
            time.sleep(0.01 * tried)
        raise MvgitError("'%s' shows no release" % self.folder, "label-unknown", "call mvgit.get() again", self.label)

    def touch(self) -> None:
        """The label is followed: what it is kept by is not to be pruned."""
        touch(self.folder)

    def _kept(self) -> Release | None:
        """What was brought before, if it is here as it was then."""
        told = shown(self.folder)
        path = None if told is None else self.shelf.kept(told)
        if told is None or path is None:
            return None
        self.touch()
        return Release(path, self.label, told)


def _origin(address: str, cwd: str) -> str:
    """What stands for a repository, whoever asks: no credentials, and folders as they are found from everywhere."""
    url = re.match(r"(https?://)(?:[^/?#]*@)?([^?#]*)", address, re.IGNORECASE)
    if url is not None:
        return url[1].lower() + url[2].rstrip("/")
    is_elsewhere = "://" in address or (":" in address.split("/")[0] and not os.path.isabs(address))
    return address if is_elsewhere else os.path.realpath(os.path.join(cwd, address))


def _is_version(label: str) -> bool:
    """Whether a label means the same for ever."""
    model, mark, number = label.partition("@v")
    return bool(model) and mark != "" and number.isascii() and number.isdigit()


#: What this process got, the last one last.
_got: dict[tuple[str, ...], tuple[Request, Release]] = {}
_lock = threading.Lock()


class _Inside(threading.local):
    #: What a callback of this thread is to take.
    release: Release | None = None


_inside = _Inside()


def got(request: Request, release: Release) -> None:
    """Predictions are of it from now on."""
    key = (request.address or "", request.label, *request.only)
    with _lock:
        _got.pop(key, None)
        _got[key] = (request, release)


@contextlib.contextmanager
def inside(release: Release) -> Iterator[None]:
    """For this thread, receipts are of it."""
    before, _inside.release = _inside.release, release
    try:
        yield
    finally:
        _inside.release = before


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def open(
    label: str,
    path: str,
    mode: str = "rb",
    *,
    address: Place | None = None,
    cache: Place | None = None,
    remote: Place | None = None,
    stale: bool = False,
    accept_older: bool = False,
    cwd: Place | None = None,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> IO[Any]:
    """Opens one file of a version to read: `open("spam#production", "weights.pt")` of the clone around, or
    `open("spam#production", "weights.pt", address="https://…")`.

    `path` counts from the top of the repository. `mode` and other options (`encoding`, …) are those of the built-in
    `open`, in bytes where none is given; the rest is as for `get`, and so is what is raised.
    """
    where: tuple[Place, ...] = (label,) if address is None else (address, label)
    asked = Options(path, cache, remote, stale, accept_older, cwd, env)
    return get(*where, **asked._asdict()).open(path, mode, **options)


def receipt(label: str | Release | None = None) -> str:
    """One line of JSON that names the version this process got last: log it with each prediction.

    Where the process got more than one, `label` says which: as it was asked for, its model's name, or what `get`
    answered. What `follow` brings counts from when its callback returned, and within that. Nothing is asked of anybody.
    Raises `MvgitError` (`usage`) where it is none, or one of several.
    """
    if isinstance(label, Release):
        return label.receipt()
    now = _inside.release
    if now is not None and label in (None, now.label, now.model):
        return now.receipt()
    with _lock:
        found = [release for _, release in _got.values() if label in (None, release.label, release.model)]
    versions = {release.receipt(): release for release in found if release.version is not None}
    if len(versions) == 1:
        return next(iter(versions))
    if label is not None and found:
        return found[-1].receipt()
    raise MvgitError(
        "this process got no version%s" % ("" if label is None else " of %r" % label)
        if not versions
        else "this process got several versions: %s" % ", ".join(sorted(each.label for each in versions.values())),
        "usage",
        "mvgit.receipt(LABEL) names one of those that mvgit.get() or mvgit.follow() brought",
    )


def prune(days: float = 30, cache: Place | None = None) -> list[pathlib.Path]:
    """Removes folders below `cache` that nobody asked for in so many days, and answers them.

    What this process got last of each label stays, and what a process follows. A service that runs and follows nothing
    asks for its own when it begins: let `days` be longer than that. What is open stays readable; `get` brings the rest
    again.
    """
    with _lock:
        mine = list(_got.values())
    used = {place for request, release in mine for place in (request.folder, release.path.parent)}
    return Shelf(cache, None).prune(time.time() - days * 86400, used)
