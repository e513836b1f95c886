"""mvgit from Python: versions of models, their data and their stages, in Git.

In a training script, started by `mvgit run spam -- python train.py`; else these do nothing:

>>> mvgit.params(args)                       # settings: argparse, a dict, a dataclass, …
>>> mvgit.log(step=1, loss=0.5)              # a point of the curves
>>> mvgit.metrics(accuracy=0.98)             # scores that are no point of a curve
>>> mvgit.track("weights.pt")                # a file that belongs to the weights

In a script, notebook or service, without the command:

>>> with mvgit.run("spam", data="mails", weights="weights.pt") as run:
...     train()
>>> run.label                                # 'spam@v1'

Whoever uses a model:

>>> model = mvgit.get("https://host/team/models.git", "spam#production")   # a verified folder
>>> mvgit.open("spam#production", "labels.txt", "r")                       # one file, of the clone around
>>> mvgit.receipt()                          # the line to log with each prediction
>>> mvgit.follow("spam#production", load)    # calls load(model) now, and whenever the label moves
>>> mvgit.prune(days=30)                     # removes folders that nobody asked for so long

What there is:

>>> mvgit.versions("spam").to_dataframe()    # newest first; a list of mvgit.Version
>>> mvgit.stages()                           # a list of mvgit.Stage
>>> mvgit.command(["show", "spam@v3"])       # any command, as its document of --json

Callbacks stand in mvgit.lightning, huggingface, keras, xgboost and lightgbm, each to be imported by its name. What
fails is a `mvgit.MvgitError` with `code` and `hint`. Nothing is printed. docs/python.md of the repository tells more.
"""

# Each part is loaded when it is first used, since the console script comes through here as well.

# Type checkers take it for true; `typing` would double the time that the console script takes to get here.
TYPE_CHECKING = False
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

    __version__: str

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

_CALLBACKS = ("huggingface", "keras", "lightgbm", "lightning", "xgboost")

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


# A checker of types is to see what is not there.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name == "__version__":
            from importlib.metadata import version

            return version("mvgit")
        place = _PLACES.get(name)
        if name in _CALLBACKS:
            text = "'import mvgit.%s' comes first: it needs that library, and is not loaded without"
            raise AttributeError(text % name)
        if place is None:
            raise AttributeError("module 'mvgit' has no attribute %r" % name)
        from importlib import import_module

        # Found at once from then on: a program may log a million times.
        return globals().setdefault(name, getattr(import_module(place), name))


def __dir__() -> "list[str]":
    return sorted([*globals(), *_PLACES, "__version__"])
