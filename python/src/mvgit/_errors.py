"""What can fail, as the command line says it."""

from __future__ import annotations


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
        # Between processes, as multiprocessing sends it.
        return (type(self), (str(self), self.code, self.hint, self.subject, self.exit_status))
