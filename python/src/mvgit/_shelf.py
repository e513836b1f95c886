"""Where the folders of versions are kept: what is in one is what was verified when it was made, or it is not given."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Container, Iterator, Mapping
from typing import Any, Union

from mvgit._errors import MvgitError

Place = Union[str, "os.PathLike[str]"]

#: How a file looks where nobody wrote into it since: size, times, and which file it is.
Look = tuple[int, int, int, int, int]

#: Bytes that are read at once.
CHUNK = 1 << 20


class Shelf:
    """Where folders are kept, for whoever shares the cache: who may write there is trusted.

    labels/KEY      what `mvgit get` fills for one label: its bytes, the release of now and of before, what it has seen
    versions/KEY    `files` of one version, hard links to the same bytes, and `made.json`, which has the size and a sum
                    of each
    """

    def __init__(self, cache: Place | None, env: Mapping[str, str] | None) -> None:
        if cache is not None:
            self.top = pathlib.Path(cache).absolute()
            return
        home = {**os.environ, **(env or {})}.get("XDG_CACHE_HOME", "")
        try:
            base = pathlib.Path(home) if os.path.isabs(home) else pathlib.Path.home() / ".cache"
        except RuntimeError as error:
            raise MvgitError(
                "cannot keep files: nothing says which folder is the home of this user",
                "file-unreadable",
                "set HOME, or name a folder by `cache` or by XDG_CACHE_HOME",
            ) from error
        self.top = base / "mvgit" / "models"

    def label(self, *words: str) -> pathlib.Path:
        """For one label of one repository."""
        return self.top / "labels" / _key(*words)

    def make(self) -> None:
        """The folder itself, for its owner alone."""
        try:
            self.top.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._cannot(error) from error

    def kept(self, told: Mapping[str, Any]) -> pathlib.Path | None:
        """The files of what a label showed once, if they are as they were; None where they are not."""
        for place in self._places(told):
            if not os.path.lexists(place):
                return None
            if _is_whole(place):
                return _given(place)
        return None

    def keep(self, told: Mapping[str, Any]) -> pathlib.Path:
        """The files of what a label shows, which were verified just now: they stay when the label moves on.

        Raises `FileNotFoundError` where it has moved on already.
        """
        files = pathlib.Path(told["release"]) / "files"
        try:
            for place in self._places(told):
                if not os.path.lexists(place):
                    self._link(files, place, told)
                # Where somebody wrote into it since, another folder has what was verified.
                if _is_whole(place, files):
                    return _given(place)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._cannot(error) from error
        raise MvgitError(
            "'%s' does not keep what is put there" % place, "disk-failed", "remove its folder 'versions'", str(self.top)
        )

    def prune(self, before: float, used: Container[pathlib.Path]) -> list[pathlib.Path]:
        removed = []
        for kind in ("labels", "versions"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                for place in sorted((self.top / kind).iterdir()):
                    if place not in used and _used(place) < before and _remove(place, before):
                        removed.append(place)
        return removed

    def _places(self, told: Mapping[str, Any]) -> Iterator[pathlib.Path]:
        base = self.top / "versions" / _key(told["blake3"])
        yield base
        yield from (base.with_name("%s-%d" % (base.name, number)) for number in range(1, 100))

    def _link(self, files: pathlib.Path, place: pathlib.Path, told: Mapping[str, Any]) -> None:
        """As a whole, or not at all; of two processes the first one's counts."""
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = pathlib.Path(tempfile.mkdtemp(prefix=".fresh-", dir=place.parent))
        try:
            _link_tree(files, fresh / "files")
            looks = _looks(fresh / "files")
            made = {path: [look[0], _sum(fresh / "files" / path)] for path, look in looks.items()}
            if (len(looks), sum(look[0] for look in looks.values())) != (told["files"], told["size"]):
                # It is being removed, since the label moved on.
                raise FileNotFoundError(errno.ENOENT, "a part is gone", str(files))
            (fresh / "made.json").write_text(json.dumps(made), "utf-8")
            with contextlib.suppress(OSError):
                os.rename(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _cannot(self, error: OSError) -> MvgitError:
        why = error.strerror or str(error)
        hint = "name another folder by `cache`, or by XDG_CACHE_HOME"
        code = "file-unreadable"
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            code, hint = "disk-full", "make room there; mvgit.prune() removes what nobody asked for lately"
        return MvgitError("cannot keep files below '%s': %s" % (self.top, why), code, hint, str(self.top))


def shown(folder: pathlib.Path) -> dict[str, Any] | None:
    """What a label's folder shows now, as its document said it; None where it shows nothing."""
    state = folder / ".mvgit-release"
    try:
        release = state / os.readlink(state / "now")
        told = json.loads((release / "receipt.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    kinds = {"blake3": str, "commit": str, "files": int, "size": int}
    if not isinstance(told, dict) or not all(isinstance(told.get(name), kind) for name, kind in kinds.items()):
        return None
    return {**told, "release": str(release)}


def touch(place: pathlib.Path) -> None:
    """Somebody uses it: it is not to be pruned."""
    with contextlib.suppress(OSError):
        os.utime(place)


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _given(place: pathlib.Path) -> pathlib.Path:
    touch(place)
    return place / "files"


#: How the files of a place looked when this process had all of their bytes compared.
_compared: dict[pathlib.Path, dict[str, Look]] = {}


def _is_whole(place: pathlib.Path, verified: pathlib.Path | None = None) -> bool:
    """Whether it has exactly the files that it was made with. All bytes are read when this process asks first, and
    when a file changed since, unless they are the very files of a folder that was `verified` just now.
    """
    try:
        looks = _looks(place / "files")
        made = json.loads((place / "made.json").read_bytes())
        if not isinstance(made, dict) or {path: made[path][0] for path in made} != {
            path: look[0] for path, look in looks.items()
        }:
            return False
        is_known = _compared.get(place) == looks or (verified is not None and _are_same(looks, verified))
        if not is_known and any(_sum(place / "files" / path) != made[path][1] for path in looks):
            return False
        _compared[place] = looks
    except (OSError, ValueError, TypeError, LookupError):
        return False
    return True


def _are_same(looks: Mapping[str, Look], verified: pathlib.Path) -> bool:
    """Whether they are those of another folder, by more than their names."""
    try:
        return all(_look(os.lstat(verified / path)) == look for path, look in looks.items())
    except OSError:
        return False


def _looks(top: pathlib.Path) -> dict[str, Look]:
    """Of each file; raises `OSError` where there is anything else than files and folders."""
    found: dict[str, Look] = {}
    folders = [""]
    if os.path.islink(top):
        raise OSError("'%s' is a link" % top)
    while folders:
        folder = folders.pop()
        with os.scandir(top / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path + "/")
                elif entry.is_file(follow_symlinks=False):
                    found[path] = _look(os.lstat(entry.path))
                else:
                    raise OSError("'%s' is no file" % entry.path)
    return found


def _look(at: os.stat_result) -> Look:
    return (at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino, at.st_dev)


def _sum(file: pathlib.Path) -> str:
    found = hashlib.blake2b()
    with open(file, "rb", buffering=0) as opened:
        for chunk in iter(lambda: opened.read(CHUNK), b""):
            found.update(chunk)
    return found.hexdigest()


def _link_tree(source: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir()
    for path in _looks(source):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / path, target / path)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copy2(source / path, target / path)


def _used(place: pathlib.Path) -> float:
    """When it was asked for last: each `get` of a label makes its lock anew."""
    times = []
    for path in (place, place / ".mvgit-release"):
        with contextlib.suppress(OSError):
            times.append(path.lstat().st_mtime)
    return max(times, default=time.time())


def _remove(place: pathlib.Path, before: float) -> bool:
    """Takes it away as a whole, unless it is used again by now."""
    gone = pathlib.Path(tempfile.mkdtemp(prefix=".gone-", dir=place.parent))
    try:
        os.rename(place, gone / "was")
        if _used(gone / "was") >= before and not os.path.lexists(place):
            os.rename(gone / "was", place)
            return False
        return True
    except OSError:
        return False
    finally:
        shutil.rmtree(gone, ignore_errors=True)
