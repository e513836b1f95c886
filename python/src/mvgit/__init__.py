"""mvgit from Python: versions of models, their data and their stages, in Git.

>>> import mvgit
>>> mvgit.log(step=1, loss=0.5)              # in a run: a point of its curves
>>> mvgit.command(["stages"])["stages"]      # any command, as its document of --json

Nothing is printed. Each part is loaded when it is first used, since the console script comes through here as well.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvgit._command import command as command
    from mvgit._errors import MvgitError as MvgitError
    from mvgit._follow import Follower as Follower
    from mvgit._follow import follow as follow
    from mvgit._log import log as log
    from mvgit._log import metrics as metrics
    from mvgit._log import params as params
    from mvgit._log import track as track
    from mvgit._registry import Stage as Stage
    from mvgit._registry import Version as Version
    from mvgit._registry import stages as stages
    from mvgit._registry import versions as versions
    from mvgit._release import Release as Release
    from mvgit._release import get as get
    from mvgit._release import open as open
    from mvgit._release import prune as prune
    from mvgit._release import receipt as receipt
    from mvgit._run import Run as Run
    from mvgit._run import run as run

#: Where each public name stands.
_PLACES = {
    "MvgitError": "mvgit._errors",
    "command": "mvgit._command",
    **dict.fromkeys(("Follower", "follow"), "mvgit._follow"),
    **dict.fromkeys(("log", "metrics", "params", "track"), "mvgit._log"),
    **dict.fromkeys(("Stage", "Version", "stages", "versions"), "mvgit._registry"),
    **dict.fromkeys(("Release", "get", "open", "prune", "receipt"), "mvgit._release"),
    **dict.fromkeys(("Run", "run"), "mvgit._run"),
}

__all__ = [
    "Follower",
    "MvgitError",
    "Release",
    "Run",
    "Stage",
    "Version",
    "command",
    "follow",
    "get",
    "log",
    "metrics",
    "open",
    "params",
    "prune",
    "receipt",
    "run",
    "stages",
    "track",
    "versions",
]


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
