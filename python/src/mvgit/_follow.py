"""What a service does with a label: it takes the model that is there now, and each one that comes."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mvgit._command import Place, command, start, stop
from mvgit._errors import MvgitError
from mvgit._release import Release, Request

#: What goes wrong between looks is told here, and nowhere else unless the program listens.
log = logging.getLogger("mvgit")
log.addHandler(logging.NullHandler())

#: Seconds to wait after a watch that failed, at first and at most.
FIRST_WAIT, MOST_WAIT = 1.0, 600.0

#: Between two looks at most: a year.
MOST_SECONDS = 366 * 86_400

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
    which changes when somebody fetches or moves the label there. `every` is in whole seconds, 1 or more. Other options are
    those of `get`.

    Raises what `get` raises for the first one. Later a host or remote that is away, or a chain that cannot be trusted,
    is told to the logger `mvgit`, and what is there stays.
    """
    if on_change is not None and not callable(on_change):
        raise TypeError("on_change: a function that takes the release, not %r; `address=` is by name" % (on_change,))
    if every < 1:
        raise ValueError("every: at least one second")
    where: tuple[Place, ...] = (label,) if address is None else (address, label)
    request = Request.of(
        *where,
        only=only,
        cache=cache,
        remote=remote,
        stale=stale,
        accept_older=accept_older,
        cwd=cwd,
        env=env,
    )
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
        self._ending = threading.Event()
        self._pid = os.getpid()
        self.release = request.take()
        if on_change is not None:
            on_change(self.release)
        self._thread = threading.Thread(target=self._go, name="mvgit follows %s" % self.label, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it. When this returns, `on_change` is not running any more, unless it called this itself."""
        self._ending.set()
        if self._thread is not threading.current_thread() and os.getpid() == self._pid:
            self._thread.join()

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _go(self) -> None:
        wait = FIRST_WAIT
        while not self._ending.is_set():
            try:
                for release in self._polled() if self._request.address is None else self._watched():
                    wait = FIRST_WAIT
                    self._take(release)
            except (MvgitError, OSError) as error:
                log.warning("cannot follow %s: %s; trying again in %d s", self.label, error, wait)
            self._ending.wait(wait)
            wait = min(wait * 2, MOST_WAIT)

    def _take(self, release: Release) -> None:
        if release == self.release:
            return
        self.release = release
        if self._on_change is not None:
            try:
                self._on_change(release)
            except Exception:
                log.exception("%s is %r now, and what is to be done then failed", self.label, release)

    def _watched(self) -> Iterator[Release]:
        """By a process that looks, and ends when its input does: also when this process is killed."""
        words = [*self._request.words(), "--watch", str(self._every), "--end-with-stdin"]
        with start(words, cwd=self._request.cwd, env=self._request.env) as process:
            told = threading.Thread(target=_tell, args=(process.stderr,), daemon=True)
            told.start()
            ended = threading.Thread(target=self._end, args=(process,), daemon=True)
            ended.start()
            assert process.stdout is not None
            for _ in process.stdout:
                if not self._ending.is_set():
                    yield self._request.shown()
            told.join()

    def _end(self, process: Any) -> None:
        while process.poll() is None:
            if self._ending.wait(0.2):
                with contextlib.suppress(OSError):
                    process.stdin.close()
                stop(process)
                return

    def _polled(self) -> Iterator[Release]:
        """Of a clone: one cheap look each time, and the files only where that tells of something else."""
        request = self._request
        while not self._ending.wait(self._every):
            told = command(["receipt", request.label], cwd=request.cwd, env=request.env)["receipt"]
            now = self.release
            if (told["version"], told["package"], told.get("event")) != (now.version, now.package, now.event):
                yield request.take()


def _tell(stream: Any) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in stream:
            log.warning("%s", line.decode("utf-8", "replace").rstrip())
