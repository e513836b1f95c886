"""Calls of the command line: words go in, the document of `--json` comes out. Nothing is printed."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Union

from mvgit._errors import MvgitError, error_of, no_folder
from mvgit._start import CannotStart, words_of

Place = Union[str, "os.PathLike[str]"]

#: What a command warns of is told here, and what goes wrong between looks at a label; nowhere else unless the program
#: listens.
log = logging.getLogger("mvgit")
log.addHandler(logging.NullHandler())

#: Seconds that a command gets to end by itself after Ctrl-C, before it is killed.
GRACE = 10.0


def command(
    words: Sequence[str],
    cwd: Place | None = None,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Runs `mvgit --json WORDS…` and answers its document; raises `MvgitError` where that is of an error.

    `words` is a list, `["show", "spam@v3"]`. The documents are told in docs/json.md. `cwd` is the folder that it works
    in, `stdin` what it reads. `env` is added to the variables of this process. After `timeout` seconds, as after Ctrl-C
    here, the command is asked to end, is waited for, and `TimeoutError` or `KeyboardInterrupt` is raised.
    """
    if isinstance(words, (str, bytes)):
        raise TypeError("words: a list, such as ['show', 'spam@v3'], not one text")
    with start(["--json", *words], cwd=cwd, env=env) as process:
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(
                "mvgit %s took more than %g seconds" % (words[0] if words else "", timeout or 0)
            ) from None
    for line in err.decode("utf-8", "replace").splitlines():
        if line.startswith("warning: "):
            log.warning("%s", line[len("warning: ") :])
    return document(out, err, process.returncode)


@contextlib.contextmanager
def start(
    words: Sequence[str], cwd: Place | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The program as a process that ends with the block, however that is left."""
    process = spawn(words, cwd=cwd, env=env)
    try:
        yield process
    except BaseException:
        stop(process)
        raise
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


def spawn(
    words: Sequence[str],
    cwd: Place | None = None,
    env: Mapping[str, str] | None = None,
    stderr: int | IO[bytes] = subprocess.PIPE,
    apart: bool = False,
) -> subprocess.Popen[bytes]:
    """The program, with pipes without a buffer. `apart`: a terminal's signals do not reach it."""
    try:
        command = words_of(list(words))
    except CannotStart as problem:
        raise MvgitError(problem.why, "tool-missing", problem.hint) from None
    try:
        return subprocess.Popen(
            command,
            bufsize=0,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=apart and os.name == "posix",
        )
    except (OSError, ValueError) as error:
        raise _not_started(error, cwd) from error


def _not_started(error: OSError | ValueError, cwd: Place | None) -> MvgitError:
    if isinstance(error, ValueError):
        return MvgitError("a word or variable for mvgit cannot be given to a program: %s" % error, "usage")
    if error.errno == errno.E2BIG:
        hint = "name a folder instead of its files, or write a shorter message"
        return MvgitError("the words for mvgit, or the variables, are too long for this system", "usage", hint)
    if cwd is not None and error.filename == os.fspath(cwd):
        return no_folder(error)
    return MvgitError("cannot start mvgit: %s" % (error.strerror or error), "not-supported")


def stop(process: subprocess.Popen[bytes]) -> bytes:
    """Asks a process to end as Ctrl-C does, and kills it when it does not. Answers what it still said."""
    with contextlib.suppress(OSError):
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
    try:
        return process.communicate(timeout=GRACE)[0] or b""
    except (subprocess.TimeoutExpired, ValueError, OSError):
        process.kill()
        return b""


def document(out: bytes, err: bytes, status: int) -> dict[str, Any]:
    """The one document that a command printed; raises `MvgitError` for one of an error, or where there is none."""
    try:
        told = json.loads(out)
        if not isinstance(told, dict) or "mvgit" not in told:
            raise ValueError
    except ValueError:
        said = err.decode("utf-8", "replace").strip().split("\n")[-1]
        raise MvgitError(
            "mvgit ended with status %d: %s" % (status, said or "nothing was said"), exit_status=status
        ) from None
    error = told.get("error")
    if isinstance(error, dict):
        raise error_of(error, status)
    return told
