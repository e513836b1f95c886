"""What a service does with a label: it takes the model that is there now, and each one that comes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from mvgit._command import GRACE, Place, command, log, start
from mvgit._errors import MvgitError
from mvgit._release import Options, Release, Request, got, inside
from mvgit._shelf import touch

#: Seconds to wait after a watch that failed, at first and at most.
FIRST_WAIT, MOST_WAIT = 1.0, 600.0

#: Between two looks at most: a year.
MOST_SECONDS = 366 * 86_400

#: Seconds between two signs that what is followed is used.
SIGN = 3600.0

OnChange = Callable[[Release], object]


def follow(
    label: str,
    on_change: OnChange | None = None,
    *,
    address: Place | None = None,
    every: float = 60,
    only: str | Iterable[str] = (),
    cache: Place | None = None,
    remote: Place | None = None,
    stale: bool = False,
    accept_older: bool = False,
    cwd: Place | None = None,
    env: Mapping[str, str] | None = None,
) -> Follower:
    """Takes what a label means, and whatever it comes to mean, until the answer's `stop()` or the end of its `with`
    block.

    `on_change(release)` is called for the first one before this returns, and for each later one from a thread; while
    it works nothing else is taken. `address` is that of the Git repository; without one the clone around is looked at,
    which changes when somebody fetches or moves the label there. `every` is in whole seconds, 1 or more. Other options
    are those of `get`.

    Raises what `get` raises for the first one, and what `on_change` raises for it. Later a host or remote that is away,
    or a chain that cannot be trusted, is told to the logger `mvgit`, and what is there stays.
    """
    if on_change is not None and not callable(on_change):
        raise TypeError("on_change: a function that takes the release, not %r; `address=` is by name" % (on_change,))
    if not every >= 1:
        raise ValueError("every: at least one second")
    where: tuple[Place, ...] = (label,) if address is None else (address, label)
    request = Request.of(where, Options(only, cache, remote, stale, accept_older, cwd, env))
    return Follower(request, on_change, every)


class Follower:
    """Follows `label`, as `mvgit.follow` makes one. `release` is what it means now (a `Release`); it may be read from
    any thread. A forked child does not follow.
    """

    def __init__(self, request: Request, on_change: OnChange | None, every: float) -> None:
        self.label = request.label
        self._on_change = on_change
        self._request = request
        self._every = int(min(every, MOST_SECONDS))
        self._wait = FIRST_WAIT
        self._ending = threading.Event()
        self._pid = os.getpid()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.release = request.take()
        self._tell(self.release)
        self._thread = threading.Thread(target=self._go, name="mvgit follows %s" % self.label, daemon=True)
        self._thread.start()
        threading.Thread(target=self._show_signs, name="mvgit keeps %s" % self.label, daemon=True).start()
        _followers.add(self)

    def stop(self) -> None:
        """Ends it. When this returns, `on_change` is not running any more, unless it called this itself."""
        if os.getpid() != self._pid:
            return
        self._ending.set()
        with self._guard:
            process = self._process
        if process is not None:
            _end(process)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _go(self) -> None:
        while not self._ending.is_set():
            try:
                for release in self._polled() if self._request.address is None else self._watched():
                    self._wait = FIRST_WAIT
                    if release != self.release and not self._ending.is_set():
                        self._take(release)
            except Exception as error:
                log.warning("cannot follow %s: %s; trying again in %d s", self.label, error, self._wait)
            self._ending.wait(self._wait)
            self._wait = min(self._wait * 2, MOST_WAIT)

    def _take(self, release: Release) -> None:
        self.release = release
        try:
            self._tell(release)
        except BaseException:
            # Also what would end a program, which this thread is not.
            log.exception("%s is %r now, and what is to be done then failed", self.label, release)

    def _tell(self, release: Release) -> None:
        if self._on_change is not None:
            with inside(release):
                self._on_change(release)
        got(self._request, release)

    def _watched(self) -> Iterator[Release]:
        """By a process that looks, and ends when its input does: also when this process is killed."""
        words = self._request.words("--watch=%d" % self._every, "--end-with-stdin")
        with start(words, cwd=self._request.cwd, env=self._request.env) as process:
            with self._guard:
                self._process = process
            if self._ending.is_set():
                _end(process)
            assert process.stdout is not None and process.stderr is not None
            told = threading.Thread(target=_warn, args=(process.stderr,), daemon=True)
            told.start()
            for _ in process.stdout:
                if not self._ending.is_set():
                    yield self._request.shown()
            told.join()
            with self._guard:
                self._process = None
            status = process.wait()
        if not self._ending.is_set():
            raise MvgitError("what looks at it ended with status %d" % status)

    def _polled(self) -> Iterator[Release]:
        """Of a clone: one cheap look each time, and the files only where that tells of something else."""
        request = self._request
        while not self._ending.wait(self._every):
            now = self.release
            if now.version is not None:
                told = command(["receipt", "--", request.label], cwd=request.cwd, env=request.env)["receipt"]
                self._wait = FIRST_WAIT
                if (told["version"], told["package"], told.get("event")) == (now.version, now.package, now.event):
                    continue
            yield request.take()

    def _show_signs(self) -> None:
        """That what is followed is used, however long nothing changes."""
        while not self._ending.wait(SIGN):
            self._request.touch()
            touch(self.release.path.parent)


def _end(process: subprocess.Popen[bytes]) -> None:
    """By the end of its input, and by force where that does not do."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()


def _warn(stream: IO[bytes]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in stream:
            log.warning("%s", line.decode("utf-8", "replace").rstrip())


_followers: weakref.WeakSet[Follower] = weakref.WeakSet()


def _after_fork() -> None:
    """A child that holds the input open would let the process look on when this one is gone."""
    for follower in list(_followers):
        process = follower._process
        for stream in () if process is None else (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
