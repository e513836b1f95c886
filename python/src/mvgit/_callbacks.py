"""What the callbacks for training libraries share."""

from __future__ import annotations

import importlib
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


class Changed:
    """Tells what is new in values that a library goes on showing after they were logged."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, values: Mapping[str, Any]) -> dict[str, float]:
        new = {}
        for name, value in numbers_of(values).items():
            # A score that is no number is unlike itself.
            if self._known.get(name) != repr(value):
                self._known[name] = repr(value)
                new[name] = value
        return new
