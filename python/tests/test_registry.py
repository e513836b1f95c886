"""Versions and stages as objects, and as tables of pandas."""

from __future__ import annotations

import datetime
import json
import math
import pathlib
import pickle
import shutil
import sys

import pytest
from conftest import Repository, Scene, alone

import mvgit


@pytest.fixture(scope="module")
def three_versions(empty: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    def make(top: pathlib.Path) -> None:
        shutil.copytree(empty.restore(), top, dirs_exist_ok=True, symlinks=True)
        made = Repository(top / "work", top / "store")
        # That of `empty`, which other tests fill.
        made.mvgit("remote", "remove", "store")
        fill(made)

    with alone(tmp_path_factory.mktemp("home")):
        return Scene(tmp_path_factory.mktemp("scenes") / "three", make)


@pytest.fixture
def three(three_versions: Scene, monkeypatch: pytest.MonkeyPatch) -> Repository:
    top = three_versions.restore()
    monkeypatch.chdir(top / "work")
    return Repository(top / "work", top / "store")


def fill(repository: Repository) -> None:
    for accuracy, lr in [(0.5, 0.1), (0.9, 0.2), (0.7, 0.3)]:
        repository.write("w.bin", "weights %g" % accuracy)
        repository.write("metrics.json", json.dumps({"accuracy": accuracy}))
        repository.write("params.yaml", "lr: %g\n" % lr)
        repository.mvgit("save", "spam", "--weights", "w.bin", "-m", "at %g" % accuracy)


def test_versions_are_objects_newest_first(three: Repository) -> None:
    third, second, first = mvgit.versions("spam")
    assert [each.label for each in (first, second, third)] == ["spam@v1", "spam@v2", "spam@v3"]
    assert (second.metrics, second.params, second.message) == ({"accuracy": 0.9}, {"lr": 0.2}, "at 0.9")
    assert second.author == "T <t@example.com>"
    assert second.time.tzinfo is not None
    assert abs(second.time - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(hours=1)
    assert second.document["commit"] == second.commit == three.git("rev-parse", "spam@v2^{commit}").strip()


def test_they_are_filtered_sorted_and_cut(three: Repository) -> None:
    assert [each.version for each in mvgit.versions("spam", sort="accuracy")] == [2, 3, 1]
    assert [each.version for each in mvgit.versions("spam", where="lr > 0.15", limit=1)] == [3]
    assert mvgit.versions("spam", where="accuracy > 1") == []
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.versions("spam", where="accuracy >")
    assert caught.value.code == "usage"


def test_what_was_retracted_is_shown_on_request(three: Repository) -> None:
    three.mvgit("retract", "spam@v2", "-m", "learned from the test set")
    assert [each.version for each in mvgit.versions("spam")] == [3, 1]
    assert [each.retracted is not None for each in mvgit.versions("spam", retracted=True)] == [False, True, False]


def test_stages_are_objects(three: Repository) -> None:
    assert mvgit.stages() == []
    three.mvgit("promote", "spam@v2", "production", "-m", "best on the test set")
    three.mvgit("promote", "spam@v3", "staging")
    three.mvgit("rollback", "spam", "staging", "--to", "none")
    production, staging = mvgit.stages()
    assert (production.label, production.version, production.event) == ("spam#production", 2, 1)
    assert (production.by, production.reason, production.problem) == ("T", "best on the test set", None)
    assert production.since is not None
    assert abs(production.since - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(hours=1)
    assert (staging.label, staging.version, staging.event) == ("spam#staging", None, 2)
    assert mvgit.versions("spam")[1].stages == ("production",)


def test_a_stage_whose_history_has_a_hole_says_so(three: Repository) -> None:
    three.mvgit("promote", "spam@v2", "production")
    three.mvgit("promote", "spam@v3", "production")
    three.git("tag", "-d", "spam#production#1")
    (production,) = mvgit.stages("spam")
    assert (production.version, production.since) == (None, None)
    assert "event 1" in str(production.problem)


def test_a_clone_without_versions_has_none(repository: Repository) -> None:
    assert mvgit.versions() == []


def test_pandas_takes_them(three: Repository) -> None:
    pytest.importorskip("pandas", reason="no pandas here")
    frame = mvgit.versions("spam").to_dataframe()
    assert list(frame["metrics.accuracy"]) == [0.7, 0.9, 0.5]
    assert list(frame["params.lr"]) == [0.3, 0.2, 0.1]
    assert len(mvgit.stages().to_dataframe()) == 0
    three.mvgit("promote", "spam@v2", "production")
    assert list(mvgit.stages("spam").to_dataframe()["version"]) == [2]


def test_scores_that_are_no_numbers_of_json_are_numbers(repository: Repository) -> None:
    repository.write("w.bin", "weights")
    repository.write("metrics.json", '{"loss": NaN, "most": Infinity, "least": -Infinity, "n": 3}')
    repository.mvgit("save", "spam", "--weights", "w.bin", "-m", "ünü")
    (version,) = mvgit.versions("spam")
    assert math.isnan(version.metrics["loss"])
    assert (version.metrics["most"], version.metrics["least"], version.metrics["n"]) == (math.inf, -math.inf, 3)
    again = pickle.loads(pickle.dumps(mvgit.versions("spam")))
    assert again[0].message == "ünü"
    pytest.importorskip("pandas", reason="no pandas here")
    frame = again[:1].to_dataframe()
    assert [frame[name].dtype.kind for name in ("metrics.loss", "metrics.most", "seconds", "metrics.n")] == [*"fffi"]


def test_words_for_the_list_are_no_options(three: Repository) -> None:
    assert [each.version for each in mvgit.versions("spam", sort="-lr")] == [3, 2, 1]
    for ask in (mvgit.versions, mvgit.stages):
        with pytest.raises(mvgit.MvgitError) as caught:
            ask("--help")
        assert caught.value.code == "usage"
    with pytest.raises(mvgit.MvgitError) as caught:
        mvgit.versions("spam", where="--json")
    assert caught.value.code == "usage"


def test_a_table_without_rows_has_columns(three: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hidden:
        hidden.setitem(sys.modules, "pandas", None)
        with pytest.raises(mvgit.MvgitError) as caught:
            mvgit.stages().to_dataframe()
        assert (caught.value.code, caught.value.hint) == ("tool-missing", "pip install pandas")
    pytest.importorskip("pandas", reason="no pandas here")
    assert list(mvgit.versions("spam", where="accuracy > 1").to_dataframe()["version"]) == []
    assert list(mvgit.stages().to_dataframe().columns)[:3] == ["model", "stage", "version"]
