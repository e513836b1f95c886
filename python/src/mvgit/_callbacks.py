"""What the callbacks for training libraries share."""

from __future__ import annotations

import importlib
import json
import os
import struct
import sys
from collections.abc import Mapping
from typing import Any

from mvgit import _log


def base_of(modules: tuple[str, ...], name: str) -> Any:
    """The class of the first of these modules that is loaded already, or else that can be. Raises `ImportError`."""
    lacking: ImportError | None = None
    for module in sorted(modules, key=lambda each: each.split(".")[0] not in sys.modules):
        try:
            return getattr(importlib.import_module(module), name)
        except ImportError as error:
            lacking = lacking or error
    raise lacking or ImportError("no module named %s" % " or ".join(modules))


def numbers_of(values: Mapping[str, Any] | None) -> dict[str, float]:
    """Those of the values that are single numbers, plainly."""
    found = {str(name): _log.plain(value) for name, value in dict(values or {}).items()}
    return {name: value for name, value in found.items() if type(value) in (int, float)}


def shortest(value: Any) -> Any:
    """A number of 32 bits with the digits that these hold, as it was written: 0.001, not 0.0010000000474974513."""
    if isinstance(value, Mapping):
        return {name: shortest(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortest(each) for each in value]
    if type(value) is not float:
        return value
    short = float("%.7g" % value)
    try:
        return short if struct.pack("f", short) == struct.pack("f", value) and _single(value) == value else value
    except OverflowError:
        return value


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


class Shown:
    """Tells what is new in values that a library goes on showing after they were logged.

    A score belongs to the kind of moment (a step, the end of an epoch, of validation) that it was first told at. It is
    told at each moment of that kind, since two epochs may have the same accuracy, and at others where it changed.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def at(self, kind: str, values: Mapping[str, Any]) -> dict[str, float]:
        told = {}
        for name, value in numbers_of(values).items():
            # As a text, since NaN is unlike itself.
            changed = self._known.get(name) != repr(value)
            if changed or self._kinds.get(name) == kind:
                self._known[name] = repr(value)
                self._kinds.setdefault(name, kind)
                told[name] = value
        return told


def is_first() -> bool:
    """Whether this is the first of the processes that train together, as PyTorch or TensorFlow tell it."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return bool(distributed.get_rank() == 0)
    named = os.environ.get("TF_CONFIG")
    if named:
        told = json.loads(named)
        task = told.get("task") or {}
        has_chief = "chief" in (told.get("cluster") or {})
        return task.get("index", 0) == 0 and (not has_chief or task.get("type") in ("chief", None))
    return True
