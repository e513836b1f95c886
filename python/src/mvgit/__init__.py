"""mvgit from Python: versions of models, their data and their stages, in Git.

>>> import mvgit
>>> mvgit.command(["stages"])["stages"]      # any command, as its document of --json

Nothing is printed. Each part is loaded when it is first used, since the console script comes through here as well.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvgit._command import command as command
    from mvgit._errors import MvgitError as MvgitError

#: Where each public name stands.
_PLACES = {
    "MvgitError": "mvgit._errors",
    "command": "mvgit._command",
}

__all__ = ["MvgitError", "command"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("mvgit")
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError("module 'mvgit' has no attribute %r" % name)
    return getattr(importlib.import_module(place), name)


def __dir__() -> "list[str]":
    return sorted([*globals(), *_PLACES, "__version__"])
