"""Lines of a run's log: what a program tells of its settings, scores and weights while it runs.

Each call appends one line of JSON to the file that MVGIT_LOG names, in one write, so that threads and processes can
share it. Where there is no such variable there is no run, and nothing happens. Nothing here raises: a value that cannot
be told as it is becomes a text, which the version notes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

LOG = "MVGIT_LOG"

#: What tells where on a curve a line stands.
POSITIONS = ("step", "epoch", "iteration", "time")

#: Letters of a line; a longer one is read by nobody, so settings are told in several.
_LONGEST = 200 * 1024
#: Letters of a text, which a version cuts at 4,096.
_LONGEST_TEXT = 5000
_DEEPEST = 40
#: Of a list, and of all that one call tells, which may be without end.
_LONGEST_LIST = 1000
_MOST = 20_000
_REST = "…"

_places: dict[str, str] = {}
#: Files in which the last line is half of one, as a full disk leaves it.
_torn: set[str] = set()


def log(scores: Any = None, /, **named: Any) -> None:
    """One point of the curves of this run: `mvgit.log(step=3, loss=0.5)`.

    `step`, `epoch`, `iteration` and `time` (seconds) say where it stands; all other numbers are scores, of which the
    last value is that of the version. A mapping goes before names that are no words of Python:
    `mvgit.log({"val/loss": 0.4}, step=3)`. Numbers of numpy and torch are taken by `.item()`.
    """
    values = _joined([scores], named)
    if values is not None and any(name not in POSITIONS for name in values):
        _tell(values)
    _tell_nameless("log", scores)


def metrics(scores: Any = None, /, **named: Any) -> None:
    """Scores of the version that are no point of a curve: `mvgit.metrics(accuracy=0.98)`."""
    values = _joined([scores], named)
    if values:
        _tell({name: value for name, value in values.items() if name not in POSITIONS})
    _tell_nameless("metrics", scores)


def params(*settings: Any, **named: Any) -> None:
    """Settings of this run: keywords, mappings, an argparse namespace, a dataclass, a configuration of OmegaConf.

    Nested names are joined by dots. Later values count over earlier ones, and what is logged over what files and
    the command line say. Passwords and the like are masked by their names, as everywhere.
    """
    values = _joined(settings, named)
    for part in _parts(values or {}):
        _write(_line({"params": part}))
    for each in _nameless(settings):
        # Nothing that the version has: it says so.
        _write(_line({"params": each}))


def track(path: str | os.PathLike[str]) -> None:
    """Names a file or folder that this run writes as weights of its version, as `--weights` would.

    It is taken as it stands when the run ends. It has to be in the work tree, behind no link; where it cannot be
    taken the version says so, and is made all the same.
    """
    try:
        name = os.path.abspath(os.fsdecode(path))
    except Exception:
        return
    _write(_line({"track": name}))


def is_running() -> bool:
    """Whether there is a log to write to."""
    return bool(os.environ.get(LOG))


def plain(value: Any) -> Any:
    """As JSON can hold it. Never raises."""
    return _Plain().of(value)


def mapping_of(value: Any) -> dict[str, Any] | None:
    """What is a set of named values, by its names; None for anything else. May raise what the object raises."""
    value = _without_omegaconf(value)
    if isinstance(value, Mapping):
        return {_key(key): each for key, each in value.items()}
    if isinstance(value, type) or value is None:
        return None
    fields = getattr(value, "__dataclass_fields__", None)
    if isinstance(fields, Mapping):
        return {name: getattr(value, name, None) for name in fields if _is_field(fields[name])}
    argparse = sys.modules.get("argparse")
    if argparse is not None and isinstance(value, argparse.Namespace):
        return dict(vars(value))
    if type(value).__name__ == "SimpleNamespace":
        return dict(vars(value))
    for name in ("_asdict", "model_dump", "to_dict"):
        made = getattr(value, name, None)
        found = made() if callable(made) else None
        if isinstance(found, Mapping):
            return {_key(key): each for key, each in found.items()}
    return None


def _is_field(field: Any) -> bool:
    return getattr(getattr(field, "_field_type", None), "name", "_FIELD") == "_FIELD"


def _without_omegaconf(value: Any) -> Any:
    """A configuration as what it holds: mappings and lists."""
    omegaconf = sys.modules.get("omegaconf")
    if omegaconf is None or not omegaconf.OmegaConf.is_config(value):
        return value
    try:
        return omegaconf.OmegaConf.to_container(value, resolve=True)
    except Exception:
        # A value that refers to nothing, or one that has to be given, keeps its text.
        return omegaconf.OmegaConf.to_container(value, resolve=False)


def _joined(sources: Any, named: Mapping[str, Any]) -> dict[str, Any] | None:
    """All of it under its names; None where there is no run, or what was given cannot be looked at."""
    if not is_running():
        return None
    values: dict[str, Any] = {}
    told = _Plain()
    for source in sources:
        try:
            found = None if source is None else mapping_of(source)
        except Exception:
            found = None
        values.update(told.each_of(found or {}))
    # `params(args=args)` and `params(model=config)` keep the name.
    values.update(told.each_of(named))
    return values


def _nameless(sources: Any) -> Iterator[str]:
    """What was given in the place of named values, and has no names; nothing where there is no run."""
    for source in sources if is_running() else ():
        try:
            if source is None or mapping_of(source) is not None:
                continue
        except Exception:
            pass
        yield str(plain(source))[:60]


def _tell_nameless(call: str, scores: Any) -> None:
    # The version notes each name whose value is a text.
    for each in _nameless([scores]):
        _write(_line({"mvgit.%s(%s)" % (call, each): ""}))


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(plain(key))


class _Plain:
    """What one call tells, as JSON can hold it. An object may hold itself, or share so much that it has no end."""

    def __init__(self) -> None:
        self._left = _MOST
        #: What the value at hand is inside of, by identity.
        self._around: set[int] = set()

    def each_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        made = {}
        for name, value in values.items():
            if self._left <= 0:
                made[_REST] = _REST
                break
            made[name] = self.of(value)
        return made

    def of(self, value: Any) -> Any:
        """Never raises."""
        self._left -= 1
        if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
            if type(value) is int and value.bit_length() > 1000:
                return "a number of %d bits" % value.bit_length()
            return value[:_LONGEST_TEXT] if isinstance(value, str) else value
        if self._left <= 0 or id(value) in self._around or len(self._around) > _DEEPEST:
            return _REST
        self._around.add(id(value))
        try:
            return self._of_object(value)
        except Exception:
            return _named(value)
        finally:
            self._around.discard(id(value))

    def _of_object(self, value: Any) -> Any:
        if isinstance(value, (int, float)) and not hasattr(value, "item"):
            # An enumeration of numbers is known by its name.
            return getattr(value, "name", None) or (int(value) if isinstance(value, int) else float(value))
        if isinstance(value, os.PathLike):
            return os.fsdecode(value)
        value = _without_omegaconf(value)
        found = mapping_of(value)
        if found is not None:
            return self.each_of(found)
        if isinstance(value, (list, tuple)):
            return [self.of(each) for each in value[:_LONGEST_LIST]]
        if isinstance(value, (set, frozenset)):
            return sorted((self.of(each) for each in value), key=str)[:_LONGEST_LIST]
        if isinstance(value, type):
            return _named(value)
        item = getattr(value, "item", None)
        if callable(item):
            single = item()
            return single if type(single) in (int, float, bool, str) else _named(value)
        numbers = sys.modules.get("numbers")
        if numbers is not None and isinstance(value, numbers.Number):
            # Decimal and Fraction; a complex number is none of a curve.
            return float(value)
        made = getattr(value, "isoformat", None)
        return str(made()) if callable(made) else _named(value)


def _named(value: Any) -> str:
    """What an object is, without where it lies in memory."""
    try:
        name = getattr(value, "__qualname__", None)
        if isinstance(name, str):
            return "%s.%s" % (getattr(value, "__module__", ""), name)
        text = str(value)
        if " at 0x" not in text:
            return text[:_LONGEST_TEXT]
    except Exception:
        pass
    return "%s.%s" % (type(value).__module__, type(value).__qualname__)


def _tell(scores: dict[str, Any]) -> None:
    """In one line, or in several of the same place on the curve where it is too long for one."""
    text = _line(scores)
    if text is None or len(text) <= _LONGEST:
        return _write(text)
    place = {name: value for name, value in scores.items() if name in POSITIONS}
    for part in _parts({name: value for name, value in scores.items() if name not in POSITIONS}):
        _write(_line({**place, **part}))


def _parts(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same values in parts that fit a line each; one that fits none is left to be noted."""
    text = _line(values)
    if not values or (text is not None and len(text) <= _LONGEST):
        yield from [values] if values else []
        return
    names = list(values)
    if len(names) > 1:
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            yield from _parts({name: values[name] for name in half})
        return
    inner = values[names[0]]
    for part in _parts(inner) if isinstance(inner, dict) else [inner]:
        yield {names[0]: part}


def _line(values: Mapping[str, Any]) -> str | None:
    try:
        return json.dumps(values, separators=(", ", ": "))
    except (TypeError, ValueError, RecursionError):
        return None


def _write(text: str | None) -> None:
    named = os.environ.get(LOG)
    if not named or text is None:
        return
    # The name of a file of the user's own counts from where the program was first.
    file = named if os.path.isabs(named) else _places.setdefault(named, os.path.abspath(named))
    try:
        fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except (OSError, ValueError):
        return
    try:
        line = (b"\n" if file in _torn else b"") + text.encode("ascii") + b"\n"
        written = os.write(fd, line)
        # What follows half of a line would be lost with it.
        if written == len(line):
            _torn.discard(file)
        elif written > 0:
            _torn.add(file)
    except OSError:
        pass
    finally:
        os.close(fd)
