"""`with mvgit.run(…)`: a version of what a block does, made by `mvgit run --attach` beside this process."""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import IO, Any, Union

from mvgit import _log
from mvgit._command import Place, document, spawn, stop
from mvgit._errors import MvgitError, error_of, no_folder

RUN = "MVGIT_RUN"

Paths = Union[Place, Iterable[Place], None]

#: Variables by which launchers tell a process which one of several it is.
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
#: And of how many, each beside its rank.
_SIZES = ("WORLD_SIZE", "SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")

#: Letters of what an exception says: mvgit takes fewer.
_LONGEST_SAID = 2000

#: It may be asked for by a generator that is collected, or a signal's handler, while it is held.
_lock = threading.RLock()
_active: Run | None = None
#: The block that this code is inside of: tasks of one thread take turns.
_around: contextvars.ContextVar[Run | None] = contextvars.ContextVar("mvgit.run", default=None)


class Run:
    """A block that becomes a version of `model`, with the same record as that of `mvgit run`.

    When it begins, the code as it stands, the data and the settings are taken in; when it ends, the weights and what
    was logged. A block that raises makes no version: the run is kept (`mvgit runs`), and the exception goes on.
    Inside of a run (`mvgit run`, `mvgit reproduce`, another block) it is a part of that, and makes no version of its
    own; so is a process of several (torchrun, Slurm) that is not the first.

    `data`, `weights`: a path or several, from the current folder; what is not named is as in the newest version.
    `message` says what is new. `params`: settings, as for `mvgit.params`. `as_is`: takes data also where it is behind
    its pointer.

    After the block `label` is `spam@v3`, `version` its number, `summary` its scores and what changed, `notes` what it
    says of how it was made; None, and no notes, where no version was made. `id` is that of the run, as `mvgit runs`
    lists it, and `error` the `MvgitError` that the end of the block met, where the block itself raised.

    Raises `MvgitError` when the block cannot begin (`lock-held` while another run is in progress in this work tree)
    and when its version cannot be made.
    """

    def __init__(
        self,
        model: str,
        *,
        data: Paths = None,
        weights: Paths = None,
        message: str | None = None,
        params: Any = None,
        as_is: bool = False,
    ) -> None:
        self.model = model
        #: Of the run, as `mvgit runs` lists it; None where there is none.
        self.id: str | None = None
        #: `spam@v3` once the version is made; None before, and where none was.
        self.label: str | None = None
        #: Its number.
        self.version: int | None = None
        #: `{"scores": …, "changed": …}`, as `mvgit run --json` has it.
        self.summary: dict[str, Any] | None = None
        #: What the version says of how it was made.
        self.notes: list[str] = []
        #: Why no version was made, where the block raised something else.
        self.error: MvgitError | None = None
        self._data = _list(data)
        self._weights = _list(weights)
        self._options = [*(["--message=%s" % message] if message else []), *(["--as-is"] if as_is else [])]
        self._params = params
        self._pid = 0
        self._thread = 0
        self._helper: _Helper | None = None
        self._restore: dict[str, str | None] = {}

    def __enter__(self) -> Run:
        global _active
        if self._pid != 0:
            raise RuntimeError("a block of mvgit.run begins once: call mvgit.run again")
        self._pid, self._thread = os.getpid(), threading.get_ident()
        with _lock:
            active = _active
            _refuse_beside(active)
            is_part = bool(os.environ.get(RUN)) or any(os.environ.get(name, "") not in ("", "0") for name in _RANKS)
            if not is_part:
                _active = self
        if not is_part:
            _around.set(self)
            try:
                self._begin()
            except BaseException:
                self._release()
                raise
        try:
            _log.params(self._params)
        except BaseException as error:  # pragma: no cover - nothing but Ctrl-C comes from there
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What a forked process leaves by is not the end of the block.
        if os.getpid() != self._pid:
            return
        helper = self._helper
        if helper is None:
            for path in self._weights:
                _log.track(path)
            return
        try:
            self._end(helper, _how(error))
        except MvgitError as failure:
            if error is None:
                raise
            self.error = failure
        finally:
            self._release()

    def _begin(self) -> None:
        from mvgit import _started

        try:
            here = os.getcwd()
        except OSError as error:
            raise no_folder(error) from error
        started = _started.started()
        where = started.folder
        # Paths count from the current folder, also where the command is started in another.
        paths = [
            "--%s=%s" % (name, os.path.join(here, path) if where != here else path)
            for name, paths in (("data", self._data), ("weights", self._weights))
            for path in paths
        ]
        options = [*paths, *self._options, "--attach=%d" % os.getpid()]
        self._notes = [*started.notes, *_launched(self.model)]
        try:
            self._helper = _Helper(["--json", "run", *options, "--", self.model, *started.words], where)
            told = self._helper.begin()
        except BaseException:
            started.put_back()
            raise
        self.id = str(told["run"])
        for name, value in told["env"].items():
            self._restore[name] = os.environ.get(name)
            os.environ[name] = value

    def _end(self, helper: _Helper, how: dict[str, Any]) -> None:
        try:
            told = helper.end({**how, "notes": self._notes})
        except BaseException:
            # After Ctrl-C: a version may stand all the same.
            self._take(helper.last or {})
            raise
        self._take(told)
        failure = told.get("failure")
        if isinstance(failure, Mapping):
            raise error_of(failure, told.get("status"))

    def _take(self, told: Mapping[str, Any]) -> None:
        package = told.get("package") or {}
        self.label = told.get("label")
        self.version = package.get("version")
        self.summary = told.get("summary")
        self.notes = list(package.get("notes") or [])

    def _release(self) -> None:
        """Whatever interrupts it, a later block of this process is none inside of this one."""
        global _active
        helper, self._helper = self._helper, None
        restore, self._restore = self._restore, {}
        try:
            for name, value in restore.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            if helper is not None:
                helper.close()
        finally:
            _around.set(None)
            with _lock:
                if _active is self:
                    _active = None


def run(
    model: str,
    *,
    data: Paths = None,
    weights: Paths = None,
    message: str | None = None,
    params: Any = None,
    as_is: bool = False,
) -> Run:
    """`with mvgit.run("spam", data="mails", weights="w.bin") as run:` makes a version of what the block does.

    `data`, `weights`: a path or several, from the current folder; what is not named is as in the newest version.
    `message`: what is new in this version. `params`: its settings, as for `mvgit.params`. `as_is`: takes data also
    where it is behind its pointer. After the block `run.label`, `run.version` and `run.summary` tell which version it
    is; a block that raises makes none. `help(mvgit.Run)` has the details, and what is raised when.
    """
    return Run(model, data=data, weights=weights, message=message, params=params, as_is=as_is)


def _launched(model: str) -> list[str]:
    """What a version of several processes has to say, whose command is that of the first."""
    for rank, size in zip(_RANKS, _SIZES):
        count = os.environ.get(size, "")
        if os.environ.get(rank) and count.isdecimal() and int(count) > 1:
            return [
                "a launcher started %s processes (%s), and the command is that of the first alone, which starts no "
                "others: 'mvgit run %s -- LAUNCHER …' records the launcher" % (count, size, model)
            ]
    return []


def _refuse_beside(active: Run | None) -> None:
    """A block inside of another one is a part of it; one beside it, in another thread, would record its files."""
    if active is None or active._pid != os.getpid():
        return
    if active._thread != threading.get_ident() or _around.get() is not active:
        raise MvgitError(
            "cannot run here: a run of '%s' is in progress in another thread or task" % active.model,
            "lock-held",
            "wait for it to end, or use a process and a work tree for each",
            active.id,
            25,
        )


def _how(error: BaseException | None) -> dict[str, Any]:
    """As a shell would tell it, and in words."""
    if error is None:
        return {"status": 0}
    if isinstance(error, SystemExit):
        code = error.code
        status = 0 if code is None else code & 255 if isinstance(code, int) else 1
        return {"status": status}
    if isinstance(error, KeyboardInterrupt):
        return {"status": 130, "said": "was ended by KeyboardInterrupt"}
    try:
        text = str(error)
    except Exception:
        text = ""
    said = "raised %s%s" % (type(error).__name__, ": " + text if text else "")
    return {"status": 1, "said": said[:_LONGEST_SAID]}


def _list(paths: Paths) -> list[str]:
    if paths is None:
        return []
    if isinstance(paths, (str, bytes, os.PathLike)):
        return [os.fsdecode(paths)]
    return [os.fsdecode(each) for each in paths]


class _Helper:
    """The program beside this process, which hears that the block ended, or that this process did."""

    def __init__(self, words: list[str], cwd: str) -> None:
        #: What it said when it was stopped.
        self.last: dict[str, Any] | None = None
        #: It may say much there, and nobody reads before its end. None where no temporary file can be made.
        self.said: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            self.said = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            # A terminal's Ctrl-C is for the block.
            self.process = spawn(words, cwd=cwd, stderr=self.said or subprocess.DEVNULL, apart=True)
        except BaseException:
            _close(self.said)
            raise
        _helpers.add(self)

    def begin(self) -> dict[str, Any]:
        """Waits until the tree and the data were taken in. Raises `MvgitError`."""
        out = self.process.stdout
        assert out is not None
        try:
            first = out.readline()
            told = _parsed(first)
            if told is not None and "env" in told:
                return told
            return self._document(first)
        except BaseException:
            self._stop()
            raise

    def end(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """Says that the block has ended, and waits for what came of it. Raises `MvgitError`."""
        pipe = self.process.stdin
        try:
            if pipe is not None:
                # Where it went away meanwhile, what it said last tells.
                with contextlib.suppress(OSError, ValueError):
                    pipe.write(json.dumps(how).encode("ascii"))
                _close(pipe)
                self.process.stdin = None
            return self._document(b"")
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        if self.process.poll() is None:
            self.last = _parsed(stop(self.process))

    def _document(self, first: bytes) -> dict[str, Any]:
        out = self.process.stdout
        assert out is not None
        said = b""
        # A block may have closed every file of its process, these among them.
        with contextlib.suppress(OSError, ValueError):
            first += out.read()
        status = self.process.wait()
        with contextlib.suppress(OSError, ValueError):
            if self.said is not None:
                self.said.seek(0)
                said = self.said.read()
        # Whoever waits for any child (os.wait) takes its status away.
        if first == b"" and (status < 0 or said == b""):
            how = "was killed by signal %d" % -status if status < 0 else "went away without a word"
            raise MvgitError(
                "mvgit %s while the block went on: no version was made" % how,
                "run-failed",
                "'mvgit runs' lists the run: once this process has ended, a version can be made of what is there",
                exit_status=status,
            )
        return document(first, said, status)

    def close(self) -> None:
        _helpers.discard(self)
        try:
            self._stop()
        finally:
            for stream in (self.process.stdin, self.process.stdout, self.said):
                _close(stream)
        self.process.wait()

    def forget(self) -> None:
        """In a forked process: only the end of its parent is to be heard."""
        _close(self.process.stdin)


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):
            stream.close()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


_helpers: set[_Helper] = set()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    for helper in _helpers:
        helper.forget()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
