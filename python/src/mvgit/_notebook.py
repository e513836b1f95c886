"""The cells of a notebook as they ran, as a script that belongs to the version's code.

In the folder that the kernel was started in, since Python looks for modules in a script's own folder first, as a kernel
does in that one. `NOTEBOOK.cells.py`: no other tool writes such a name, while `NOTEBOOK.py` is that of jupytext.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable
from typing import Any

from mvgit._errors import MvgitError
from mvgit._started import Started, nothing, python

SUFFIX = ".cells.py"
MARK = "# Cells of a notebook as they ran, in order. mvgit.run wrote this file, and replaces it."

#: What IPython makes of magics, of `!ls` and of `?`.
_MAGIC = re.compile(r"\bget_ipython\(\)")
_CD = re.compile(r"^get_ipython\(\)\.run_line_magic\('cd', (.*)\)$", re.MULTILINE)


def started(shell: Any) -> Started | None:
    """How the cells run again, written beside the notebook; None where none ran, as in `ipython FILE`."""
    cells = cells_of(shell)
    if not cells:
        return None
    here = os.getcwd()
    first = os.path.abspath(str(getattr(shell, "starting_dir", None) or here))
    # As in Colab, where a cell clones the repository and goes there.
    folder = first if _top(first) == _top(here) else here
    notebook = notebook_of(shell)
    stem = os.path.basename(notebook)[: -len(".ipynb")] if notebook else "notebook"
    file = os.path.join(folder, stem + SUFFIX)
    if folder != first:
        # The script begins where these led: another one on the way would write into this very repository.
        cells = [(number, _CD.sub(r"# %cd \1", text)) for number, text in cells]
    text, needs_ipython = script_of(cells, failed_of(shell))
    # Where there is none, mvgit says so, and nothing is left behind.
    put_back = nothing if _top(folder) is None else write(file, text)
    what = "notebook '%s'" % os.path.basename(notebook) if notebook else "notebook, whose name is not known"
    skipped = text.count("\n# %% raised ")
    notes = ["its code is '%s': the cells of the %s, as they ran" % (os.path.basename(file), what)]
    if folder != first:
        notes.append("its cells run again in the folder in which the block began: the kernel was started elsewhere")
    if skipped:
        notes.append(
            "%d cell%s that raised an error %s left out" % (skipped, *(("", "is") if skipped == 1 else ("s", "are")))
        )
    words = [python(), "-m", "IPython", os.path.basename(file)] if needs_ipython else [python(), os.path.basename(file)]
    return Started(words, folder, notes, put_back)


def _top(folder: str) -> str | None:
    """That of the repository around it."""
    folder = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def cells_of(shell: Any) -> list[tuple[int, str]]:
    """What ran in this session, as Python, with its numbers; the cell that runs now is the last."""
    manager = getattr(shell, "history_manager", None)
    cells = list(getattr(manager, "input_hist_parsed", None) or [])
    # The first is none.
    return [(number, text) for number, text in enumerate(cells) if number > 0 and text.strip() != ""]


def failed_of(shell: Any) -> dict[int, str]:
    """Names of the errors that cells ended with, where IPython (9 and newer) knows."""
    known = getattr(getattr(shell, "history_manager", None), "exceptions", None)
    if not isinstance(known, dict):
        return {}
    return {number: str(each.get("ename", "")) for number, each in known.items() if isinstance(each, dict)}


def notebook_of(shell: Any) -> str | None:
    """The notebook's file, where the front end tells it: Visual Studio Code, and Jupyter Server."""
    told = [getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")]
    for each in told:
        if isinstance(each, str) and each.endswith(".ipynb") and len(os.path.basename(each)) > len(".ipynb"):
            return each
    return None


def script_of(cells: list[tuple[int, str]], failed: dict[int, str]) -> tuple[str, bool]:
    """In the percent format; and whether it needs IPython."""
    parts = [MARK + "\n"]
    needs_ipython = False
    for number, text in cells:
        body = text.rstrip("\n") + "\n"
        why = failed.get(number) or ("SyntaxError" if not _compiles(body) else None)
        if why is not None:
            lines = "".join("# %s\n" % line if line else "#\n" for line in body.split("\n")[:-1])
            parts.append("\n# %%%% raised %s [%d]\n%s" % (why, number, lines))
            continue
        if not _compiles(body, plainly=True):
            # Only a shell awaits outside of functions.
            body = "get_ipython().run_cell(%r).raise_error()\n" % body
        needs_ipython = needs_ipython or _MAGIC.search(body) is not None
        parts.append("\n# %%%% [%d]\n%s" % (number, body))
    return "".join(parts), needs_ipython


def _compiles(body: str, plainly: bool = False) -> bool:
    try:
        compile(body, "cell", "exec", 0 if plainly else ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def write(file: str, text: str) -> Callable[[], None]:
    """Answers what puts back what stood there. Raises `MvgitError` where that is of somebody else."""
    try:
        before, now = _own(file), text.encode("utf-8", "backslashreplace")
        _replace(file, now)
    except OSError as error:
        raise _cannot(file, error) from error

    def put_back() -> None:
        # What somebody changed meanwhile is theirs.
        with contextlib.suppress(OSError, MvgitError):
            if _own(file) != now:
                return
            if before is None:
                os.unlink(file)
            else:
                _replace(file, before)

    return put_back


def _own(file: str) -> bytes | None:
    """What `mvgit.run` wrote there; None where nothing stands."""
    try:
        # A pipe that is opened waits for somebody to write to it.
        if stat.S_ISREG(os.lstat(file).st_mode):
            with open(file, "rb") as there:
                data = there.read()
            if data.split(b"\n", 1)[0].rstrip(b"\r") == MARK.encode():
                return data
    except FileNotFoundError:
        return None
    raise MvgitError(
        "cannot write the notebook's cells: '%s' stands there, which mvgit.run did not write" % file,
        "local-changes",
        "rename it",
        file,
    )


def _replace(file: str, data: bytes) -> None:
    fresh = "%s.%s" % (file, os.urandom(6).hex())
    try:
        with open(fresh, "xb") as made:
            made.write(data)
        os.replace(fresh, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise


def _cannot(file: str, error: OSError) -> MvgitError:
    return MvgitError(
        "cannot write the notebook's cells to '%s': %s" % (file, error.strerror or error),
        {errno.EACCES: "read-only", errno.EROFS: "read-only", errno.ENOSPC: "disk-full"}.get(
            error.errno or 0, "disk-failed"
        ),
        "the kernel's folder has to be one that can be written to",
        file,
    )
