"""A service that predicts with what stands in `spam#production`, and takes each new one without a restart.

    pip install mvgit fastapi uvicorn
    SPAM_REPOSITORY=https://host/team/models.git uvicorn service:app

Each prediction is logged with a receipt, of which `mvgit explain` says months later which version made it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI

import mvgit

predictions = logging.getLogger("predictions")


class Spam:
    """Words and how much each speaks for spam, from a file of the version."""

    def __init__(self, release: mvgit.Release) -> None:
        with release.open("words.json", "r", encoding="utf-8") as file:
            self.weights: dict[str, float] = json.load(file)
        self.receipt = release.receipt()

    def predict(self, text: str) -> float:
        return sum(self.weights.get(word, 0.0) for word in text.lower().split())


class Current:
    """One reference, which changes as a whole: a request works with the model that it began with."""

    model: Spam


current = Current()


def take(release: mvgit.Release) -> None:
    current.model = Spam(release)


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    address = os.environ["SPAM_REPOSITORY"]
    every = int(os.environ.get("SPAM_EVERY", "60"))
    # `stale`: a service that starts while the Git host is away takes what it had.
    with mvgit.follow("spam#production", take, address=address, every=every, stale=True):
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/predict")
def predict(text: str) -> dict[str, object]:
    model = current.model
    score = model.predict(text)
    predictions.info("%s", json.dumps({"text": text, "score": score, "receipt": json.loads(model.receipt)}))
    return {"score": score, "version": json.loads(model.receipt)["version"]}
