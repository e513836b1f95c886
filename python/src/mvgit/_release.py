"""The files of a version, as a folder that stays: for whoever loads a model."""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from typing import IO, Any, Union

from mvgit._command import command
from mvgit._errors import MvgitError

Place = Union[str, "os.PathLike[str]"]

#: Exit status of what may work later: a host or remote that is away, a disk that is full.
LATER = 25


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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and (self.path, self.event) == (other.path, other.event)

    def __hash__(self) -> int:
        return hash((self.path, self.event))

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
    request = Request.of(
        *where, only=only, cache=cache, remote=remote, stale=stale, accept_older=accept_older, cwd=cwd, env=env
    )
    return request.take()


@dataclasses.dataclass(frozen=True)
class Request:
    """What `get` was asked for."""

    address: str | None
    label: str
    only: tuple[str, ...]
    shelf: Shelf
    remote: str | None
    stale: bool
    accept_older: bool
    cwd: Place | None
    env: Mapping[str, str] | None

    @classmethod
    def of(
        cls,
        *where: Place,
        only: str | Iterable[str] = (),
        cache: Place | None = None,
        remote: Place | None = None,
        stale: bool = False,
        accept_older: bool = False,
        cwd: Place | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Request:
        if len(where) not in (1, 2):
            raise TypeError("a label, or an address and a label: get('https://host/models.git', 'spam#production')")
        label = os.fspath(where[-1])
        if "://" in label or label.endswith(".git"):
            raise ValueError("%r stands where the label does: the address comes first, then the label" % label)
        address = None if len(where) == 1 else os.fspath(where[0])
        parts = (only,) if isinstance(only, str) else tuple(sorted(only))
        remote = None if remote is None else os.fspath(remote)
        return cls(address, label, parts, Shelf(cache, env), remote, stale, accept_older, cwd, env)

    @property
    def folder(self) -> pathlib.Path:
        """What `mvgit get` fills for this label."""
        if self.address is None:
            origin = "clone " + os.path.realpath(self.cwd or os.curdir)
        else:
            # A relative path is another repository in another folder.
            path = os.path.join(self.cwd or os.curdir, self.address)
            is_relative = not os.path.isabs(self.address) and os.path.exists(path)
            origin = "host " + (os.path.realpath(path) if is_relative else self.address)
        return self.shelf.folder(origin, self.label, *self.only)

    def words(self) -> list[str]:
        """Of the command that fills it."""
        words = ["export"] if self.address is None else ["get", self.address]
        words += [self.label, "-o", str(self.folder)] + [word for part in self.only for word in ("--only", part)]
        if self.remote is not None and self.address is not None:
            words += ["--remote", self.remote]
        return words + ["--accept-older"] * self.accept_older

    def take(self) -> Release:
        """Brings what the label means now."""
        if _is_version(self.label) and _shown(self.folder) is not None and not self.accept_older:
            return self.shown()
        try:
            command(self.words(), cwd=self.cwd, env=self.env)
        except MvgitError as error:
            if not self.stale or error.exit_status != LATER or _shown(self.folder) is None:
                raise
        return self.shown()

    def shown(self) -> Release:
        """What the folder shows, kept where it stays when the label moves on."""
        for _ in range(10):
            told = _shown(self.folder)
            try:
                if told is not None:
                    release = Release(self.shelf.keep(told), self.label, told)
                    with _lock:
                        _got[(self.address or "", self.label, *self.only)] = release
                    return release
            except FileNotFoundError:
                # It moved on twice meanwhile: what it shows now is as good.
                continue
        raise MvgitError("'%s' shows no release" % self.folder, "label-unknown", "call mvgit.get() again", self.label)


_got: dict[tuple[str, ...], Release] = {}
_lock = threading.Lock()


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
    release = get(
        *where,
        only=path,
        cache=cache,
        remote=remote,
        stale=stale,
        accept_older=accept_older,
        cwd=cwd,
        env=env,
    )
    return release.open(path, mode, **options)


def receipt(label: str | Release | None = None) -> str:
    """One line of JSON that names the version this process got last: log it with each prediction.

    Where the process got more than one, `label` says which: as it was asked for, its model's name, or what `get`
    answered. Nothing is asked of anybody. Raises `MvgitError` (`usage`) where it is none, or one of several.
    """
    if isinstance(label, Release):
        return label.receipt()
    with _lock:
        found = [release for (_, asked, *_), release in _got.items() if label in (None, asked, release.model)]
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

    A service that runs asks for its own when it begins and when the label moves: let `days` be longer than that. What
    is open stays readable; `get` brings the rest again.
    """
    return Shelf(cache, None).prune(time.time() - days * 86400)


class Shelf:
    """Where folders are kept.

    labels/KEY      what `mvgit get` fills for one label: its bytes, the release of now and of before, what it has seen
    versions/KEY    `files` of one version, hard links to the same bytes, and `made.json`, how they looked when they
    were made
    """

    def __init__(self, cache: Place | None, env: Mapping[str, str] | None) -> None:
        if cache is None:
            home = {**os.environ, **(env or {})}.get("XDG_CACHE_HOME", "")
            base = pathlib.Path(home) if os.path.isabs(home) else pathlib.Path.home() / ".cache"
            self.top = base / "mvgit" / "models"
        else:
            self.top = pathlib.Path(cache).absolute()

    def folder(self, *words: str) -> pathlib.Path:
        """For one label of one repository. What is above it is made where it is absent, for its owner alone."""
        try:
            self.top.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            hint = "name another folder by `cache`, or by XDG_CACHE_HOME"
            raise MvgitError(
                "cannot keep files below '%s': %s" % (self.top, error.strerror), "file-unreadable", hint
            ) from error
        return self.top / "labels" / _key(*words)

    def keep(self, told: Mapping[str, Any]) -> pathlib.Path:
        """The files of what was brought, which stay when the label moves on."""
        files = pathlib.Path(told["release"]) / "files"
        base = self.top / "versions" / _key(told["blake3"])
        for number in range(100):
            kept = base if number == 0 else base.with_name("%s-%d" % (base.name, number))
            if not kept.exists():
                self._link(files, kept)
            # Where somebody wrote into it since, another folder has what was verified.
            if _looks(kept / "files") == _made(kept):
                with contextlib.suppress(OSError):
                    os.utime(kept)
                return kept / "files"
        raise MvgitError("'%s' does not keep what is put there" % base, "disk-failed", "remove it", str(base))

    def _link(self, files: pathlib.Path, kept: pathlib.Path) -> None:
        """As a whole, or not at all; of two processes the first one's counts."""
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = pathlib.Path(tempfile.mkdtemp(prefix=".fresh-", dir=kept.parent))
        try:
            shutil.copytree(files, fresh / "files", copy_function=_link_or_copy)
            (fresh / "made.json").write_text(json.dumps(_looks(fresh / "files")), "utf-8")
            with contextlib.suppress(OSError):
                os.rename(fresh, kept)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def prune(self, before: float) -> list[pathlib.Path]:
        removed = []
        for kind in ("labels", "versions"):
            with contextlib.suppress(FileNotFoundError):
                for folder in sorted((self.top / kind).iterdir()):
                    if _used(folder) < before:
                        shutil.rmtree(folder, ignore_errors=True)
                        removed.append(folder)
        return removed


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _is_version(label: str) -> bool:
    """Whether a label means the same for ever."""
    model, mark, number = label.partition("@v")
    return bool(model) and mark != "" and number.isascii() and number.isdigit()


def _shown(folder: pathlib.Path) -> dict[str, Any] | None:
    """What a folder shows now, as its document said it; None where it shows nothing."""
    state = folder / ".mvgit-release"
    try:
        release = state / os.readlink(state / "now")
        told = json.loads((release / "receipt.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {**told, "release": str(release)}


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _looks(folder: pathlib.Path) -> dict[str, list[int]]:
    """Size, and time in microseconds, of each file; raises `FileNotFoundError` where there is no such folder."""
    found = {}
    for parent, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            at = os.lstat(os.path.join(parent, name))
            found[os.path.relpath(os.path.join(parent, name), folder)] = [at.st_size, at.st_mtime_ns // 1000]
    return found


def _made(kept: pathlib.Path) -> dict[str, list[int]] | None:
    """As `_looks`, when the folder was made."""
    try:
        made = json.loads((kept / "made.json").read_text("utf-8"))
        return made if isinstance(made, dict) else None
    except ValueError:
        return None


def _raise(error: OSError) -> None:
    raise error


def _used(folder: pathlib.Path) -> float:
    """When it was asked for last: each `get` of a label makes its lock anew."""
    times = [folder, folder / ".mvgit-release"]
    return max((path.stat().st_mtime for path in times if path.exists()), default=time.time())
