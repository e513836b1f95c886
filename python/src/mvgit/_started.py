"""How this program was started, so that the same can be started again: a script, or the cells of a notebook."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


def nothing() -> None:
    pass


class Started(NamedTuple):
    #: The command.
    words: list[str]
    #: Absolute, where it is started.
    folder: str
    #: For the version.
    notes: list[str]
    #: Undoes what was written for it, where the block cannot begin.
    put_back: Callable[[], None] = nothing


def started() -> Started:
    """Of this process, as it is now. Raises `MvgitError` where the cells of a notebook cannot be written."""
    shell = _shell()
    if shell is not None:
        from mvgit import _notebook

        found = _notebook.started(shell)
        if found is not None:
            return found
    folder = os.getcwd()
    words = _script(_original(), folder)
    notes = ["what was typed or piped into Python is not recorded: its command runs nothing again"]
    return Started(words, folder, notes if sys.argv[:1] in ([""], ["-"]) else [])


def _shell() -> Any:
    """IPython's, where this process is one."""
    if "IPython" not in sys.modules:
        return None
    get = getattr(sys.modules["IPython"], "get_ipython", None)
    return get() if callable(get) else None


def python() -> str:
    """This interpreter, by the name that finds it."""
    own = sys.executable or "python"
    for name in ("python", "python3", os.path.basename(own)):
        found = shutil.which(name)
        if found is not None and os.path.abspath(found) == os.path.abspath(own):
            return name
    return own


def _original() -> list[str]:
    """The words that this interpreter was started with, its own options among them."""
    words = list(getattr(sys, "orig_argv", []))
    if not words:
        try:
            with open("/proc/self/cmdline", "rb") as file:
                words = [os.fsdecode(each) for each in file.read().split(b"\0")[:-1]]
        except OSError:
            words = []
    if not words or any(word.startswith("from multiprocessing.") for word in words):
        # A process of a pool knows how its parent was started: modules and words are those of that.
        main = sys.modules.get("__mp_main__") or sys.modules.get("__main__")
        spec = getattr(main, "__spec__", None)
        if spec is not None:
            name = spec.name[: -len(".__main__")] if spec.name.endswith(".__main__") else spec.name
            return [python(), "-m", name, *sys.argv[1:]]
        words = [python(), *sys.argv]
    first = words[0]
    # A name that leads to another interpreter now, as where a launcher changed PATH, is not how it was called.
    leads = first if os.path.isabs(first) else shutil.which(first) if os.path.dirname(first) == "" else None
    if leads is None or not _is_this(leads):
        words[0] = python()
    return words


def _is_this(file: str) -> bool:
    try:
        same = os.path.realpath(file) == os.path.realpath(sys.executable)
    except OSError:
        return False
    # Environments link to one interpreter, which is told by the link that it was called by.
    return same and os.path.dirname(os.path.abspath(file)) == os.path.dirname(os.path.abspath(sys.executable))


def _script(words: list[str], folder: str) -> list[str]:
    """The name of the script as it is from here, should the program have changed its folder."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(main, str) or not sys.argv or sys.argv[0] not in words:
        return words
    at = words.index(sys.argv[0], 1) if sys.argv[0] in words[1:] else -1
    if at < 0 or os.path.isabs(words[at]) or os.path.exists(os.path.join(folder, words[at])):
        return words
    file = os.path.abspath(main)
    return [*words[:at], os.path.relpath(file, folder), *words[at + 1 :]] if os.path.exists(file) else words
