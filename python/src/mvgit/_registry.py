"""Versions and stages of a clone, as objects."""

from __future__ import annotations

import dataclasses
import datetime
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, SupportsIndex, TypeVar, Union, overload

from mvgit._command import command
from mvgit._errors import MvgitError

Place = Union[str, "os.PathLike[str]"]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Version:
    """One version of a model: `label` is `spam@v3`, `metrics` its scores and `params` its settings by name, `stages`
    names those that hold it. `document` has all that `mvgit log --json` says of it (docs/json.md).
    """

    model: str
    version: int
    commit: str
    time: datetime.datetime
    author: str
    message: str
    metrics: Mapping[str, Any]
    params: Mapping[str, Any]
    stages: tuple[str, ...]
    #: Bytes of its weights.
    size: int | None
    #: That its run took; None where it was saved.
    seconds: float | None
    #: Who withdrew it, when and why (`text`, `by`, `time`); None where nobody did.
    retracted: Any
    document: Mapping[str, Any] = dataclasses.field(repr=False, compare=False)

    @property
    def label(self) -> str:
        return "%s@v%d" % (self.model, self.version)


@dataclasses.dataclass(frozen=True)
class Stage:
    """Which version a stage of a model holds, since when, and who moved it there and why; `label` is `spam#production`.

    `version` is None where the stage was emptied, and where its history cannot be trusted: `problem` says why then.
    """

    model: str
    stage: str
    version: int | None
    #: These tell of the last move: when it was, its number, who made it and why.
    since: datetime.datetime | None
    event: int | None
    by: str | None
    reason: str | None
    problem: str | None

    @property
    def label(self) -> str:
        return "%s#%s" % (self.model, self.stage)


class Table(list[T]):
    """A list of such objects that pandas can take, and so can a slice of it."""

    def __init__(self, kind: type[T], rows: Iterable[T] = ()) -> None:
        super().__init__(rows)
        self._kind = kind

    @overload
    def __getitem__(self, at: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Table[T]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> T | Table[T]:
        found: Any = super().__getitem__(at)
        return Table(self._kind, found) if isinstance(at, slice) else found

    def to_dataframe(self) -> Any:
        """A row each; of versions a column for each score (`metrics.accuracy`) and setting (`params.lr`). Needs
        pandas, and raises `MvgitError` (`tool-missing`) without it.
        """
        try:
            import pandas
        except ImportError as error:
            raise MvgitError("to_dataframe() needs pandas: %s" % error, "tool-missing", "pip install pandas") from error
        # One without rows has its columns all the same.
        return pandas.DataFrame([_row(each) for each in self], columns=None if self else _columns(self._kind))


def versions(
    model: str | None = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    retracted: bool = False,
    cwd: Place | None = None,
) -> Table[Version]:
    """Versions of a model, newest first; without a name those of all models, by time.

    `where` and `sort` are those of `mvgit log` (`"accuracy > 0.9 and stage = production"`, `"accuracy,-size"`);
    `limit` None is all. With `retracted` also those that are not to be used any more. `cwd` is a folder of the clone,
    or a bare repository.
    """
    words = ["log", "--max=%d" % (999_999 if limit is None else limit)]
    words += ([] if where is None else ["--where=" + where]) + ([] if sort is None else ["--sort=" + sort])
    words += ["--retracted"] * retracted
    told = command([*words, "--", *([] if model is None else [model])], cwd=cwd)["versions"]
    return Table(Version, (_version(each) for each in told))


def stages(model: str | None = None, *, cwd: Place | None = None) -> Table[Stage]:
    """What each stage holds, as far as the clone knows: `git fetch` brings the moves of others."""
    told = command(["stages", "--", *([] if model is None else [model])], cwd=cwd)["stages"]
    return Table(Stage, (_stage(each) for each in told))


def _stage(told: Mapping[str, Any]) -> Stage:
    last = told["since"]
    return Stage(
        model=told["model"],
        stage=told["stage"],
        version=told["version"],
        since=_time(last["time"]) if last else None,
        event=last["event"] if last else None,
        by=last["by"] if last else None,
        reason=last["reason"] if last else None,
        problem=told.get("problem"),
    )


def _version(told: Mapping[str, Any]) -> Version:
    return Version(
        model=told["model"],
        version=told["version"],
        commit=told["commit"],
        time=_time(told["time"]),
        author=told["author"],
        message=told["message"],
        metrics={name: _number(value) for name, value in told["metrics"].items()},
        params=told["params"],
        stages=tuple(told["stages"]),
        size=told["size"],
        seconds=told["seconds"],
        retracted=told["retracted"],
        document=told,
    )


def _time(text: str) -> datetime.datetime:
    # 3.9 and 3.10 know no 'Z'.
    return datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def _number(value: Any) -> Any:
    # JSON has no word for these.
    return float(value) if value in ("nan", "inf", "-inf") else value


def _columns(kind: type) -> list[str]:
    return [each.name for each in dataclasses.fields(kind) if each.name not in ("document", "metrics", "params")]


def _row(each: object) -> dict[str, Any]:
    assert dataclasses.is_dataclass(each)
    row: dict[str, Any] = {}
    for name in (field.name for field in dataclasses.fields(each) if field.name != "document"):
        value = getattr(each, name)
        if isinstance(value, Mapping):
            row.update((("%s.%s" % (name, key), inner) for key, inner in value.items()))
        elif name == "seconds" and value is None:
            # A column of numbers, also where nothing ran.
            row[name] = math.nan
        else:
            row[name] = ", ".join(value) if isinstance(value, tuple) else value
    return row
