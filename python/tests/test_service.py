"""The example of a service (`examples/service.py`), as FastAPI runs it."""

from __future__ import annotations

import importlib.util
import json
import logging
import pathlib
import subprocess
import time

import pytest
from conftest import Repository

pytest.importorskip("fastapi", reason="no FastAPI here")
pytest.importorskip("httpx", reason="no httpx here, by which FastAPI is tested")


def test_it_follows_the_stage_and_logs_receipts(
    repository: Repository, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from fastapi.testclient import TestClient

    host = tmp_path / "host.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(host)], check=True)
    repository.git("remote", "add", "origin", str(host))

    def promote(number: int, weight: float) -> None:
        repository.write("words.json", json.dumps({"winner": weight}))
        repository.mvgit("save", "spam", "--weights", "words.json", "-m", "weight %g" % weight)
        repository.git("push", "-q", "origin", "main", "--follow-tags")
        repository.mvgit("promote", "spam@v%d" % number, "production", "-m", "newest")

    promote(1, 1.5)
    monkeypatch.setenv("SPAM_REPOSITORY", str(host))
    monkeypatch.setenv("SPAM_EVERY", "1")
    monkeypatch.setenv("MVGIT_REMOTE", str(repository.store))
    path = pathlib.Path(__file__).parents[1] / "examples" / "service.py"
    spec = importlib.util.spec_from_file_location("service", path)
    assert spec is not None and spec.loader is not None
    service = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(service)

    with caplog.at_level(logging.INFO, "predictions"), TestClient(service.app) as client:
        told = client.get("/predict", params={"text": "You are a Winner"}).json()
        assert told == {"score": 1.5, "version": 1}
        promote(2, 4.0)
        deadline = time.monotonic() + 60
        while told["version"] == 1 and time.monotonic() < deadline:
            time.sleep(0.2)
            told = client.get("/predict", params={"text": "winner winner"}).json()
        assert told == {"score": 8.0, "version": 2}
    first, last = (json.loads(record.message)["receipt"] for record in (caplog.records[0], caplog.records[-1]))
    assert (first["version"], last["version"], last["event"]) == (1, 2, 2)
    assert "this receipt belongs to spam@v1" in repository.mvgit("explain", json.dumps(first)).stdout
