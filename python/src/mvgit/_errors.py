"""What can fail, as the command line says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class MvgitError(Exception):
    """A command failed. `str(error)` is what failed and why.

    `code` is a word that stays (docs/errors.md of mvgit lists them) and is what a program looks at. `hint` says what to
    do next, `subject` is the path, label or address that it is about, `exit_status` that of the command line; each is
    None where there is none. Options are named as on the command line: `--remote URL` there is `remote=URL` here, `-C
    DIR` is `cwd=DIR`, `--max N` is `limit=N`.
    """

    def __init__(
        self,
        message: str,
        code: str = "bug",
        hint: str | None = None,
        subject: str | None = None,
        exit_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.subject = subject
        self.exit_status = exit_status

    def __reduce__(self) -> tuple[object, ...]:
        # Between processes, as multiprocessing sends it; with what else was noted on it.
        return (type(self), (str(self), self.code, self.hint, self.subject, self.exit_status), self.__dict__)


def error_of(told: Mapping[str, Any], status: int | None) -> MvgitError:
    """One as a document tells it."""
    return MvgitError(str(told.get("message")), str(told.get("code")), told.get("hint"), told.get("subject"), status)


def no_folder(why: OSError) -> MvgitError:
    """A folder to work in that is none."""
    return MvgitError(
        "the current folder cannot be used: %s" % (why.strerror or why),
        "not-a-repository",
        "change to a folder that is there",
        None if why.filename is None else str(why.filename),
    )
