"""Leaving with everything: copies all models of a server of MLflow's, such as `mvgit mlflow serve`, to another one.

    python to_mlflow.py FROM TO

Runs with their params, metrics, tags, data sets and artifacts; model versions with their files; aliases. What was
copied before is passed over, and what was cut in the middle is copied anew. It needs MLflow alone.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import mlflow
from mlflow.entities import Metric, Param, Run, RunTag

# The tag of a copied run and of a copied version, with what it was.
COPIED_FROM = "copied-from"
PARENT = "mlflow.parentRunId"


def paged(search: Any, **wish: Any) -> Iterator[Any]:
    token = None
    while True:
        found = search(page_token=token, **wish)
        yield from found
        token = found.token
        if not token:
            return


def copy_all(source: mlflow.MlflowClient, target: mlflow.MlflowClient) -> None:
    for model in paged(source.search_registered_models):
        experiment = source.get_experiment_by_name(model.name)
        found = paged(source.search_runs, experiment_ids=[experiment.experiment_id], order_by=["start_time ASC"])
        runs = copy_runs(source, target, model.name, list(found))
        copy_versions(source, target, model, runs)


def copy_runs(source: mlflow.MlflowClient, target: mlflow.MlflowClient, name: str, runs: list[Run]) -> dict[str, str]:
    """The new ids, by the old ones."""
    experiment = target.get_experiment_by_name(name)
    into = target.create_experiment(name) if experiment is None else experiment.experiment_id
    copied = {}
    for run in paged(target.search_runs, experiment_ids=[into], filter_string=f"tags.`{COPIED_FROM}` != ''"):
        if run.info.status == "RUNNING":
            target.delete_run(run.info.run_id)
        else:
            copied[run.data.tags[COPIED_FROM]] = run.info.run_id
    for run in runs:
        if run.info.run_id not in copied:
            copied[run.info.run_id] = copy_run(source, target, into, run)
    for run in runs:
        if run.data.tags.get(PARENT) in copied:
            target.set_tag(copied[run.info.run_id], PARENT, copied[run.data.tags[PARENT]])
    return copied


def copy_run(source: mlflow.MlflowClient, target: mlflow.MlflowClient, experiment: str, run: Run) -> str:
    tags = {key: value for key, value in run.data.tags.items() if key != PARENT}
    tags[COPIED_FROM] = run.info.run_id
    into = target.create_run(experiment, run.info.start_time, run_name=run.info.run_name).info.run_id
    batch([RunTag(*each) for each in tags.items()], 100, lambda some: target.log_batch(into, tags=some))
    batch([Param(*each) for each in run.data.params.items()], 100, lambda some: target.log_batch(into, params=some))
    points = [
        Metric(key, each.value, each.timestamp, each.step)
        for key in run.data.metrics
        for each in source.get_metric_history(run.info.run_id, key)
    ]
    batch(points, 1000, lambda some: target.log_batch(into, metrics=some))
    if run.inputs is not None and run.inputs.dataset_inputs:
        target.log_inputs(into, run.inputs.dataset_inputs)
    if source.list_artifacts(run.info.run_id):
        with tempfile.TemporaryDirectory() as folder:
            target.log_artifacts(into, source.download_artifacts(run.info.run_id, "", folder))
    target.set_terminated(into, run.info.status, run.info.end_time)
    return into


def batch(entries: list[Any], most: int, take: Any) -> None:
    for at in range(0, len(entries), most):
        take(entries[at : at + most])


def copy_versions(source: mlflow.MlflowClient, target: mlflow.MlflowClient, model: Any, runs: dict[str, str]) -> None:
    if not target.search_registered_models(f"name = '{model.name}'"):
        target.create_registered_model(model.name)
    of_it = f"name = '{model.name}'"
    copied = {each.tags.get(COPIED_FROM): each for each in paged(target.search_model_versions, filter_string=of_it)}
    found = paged(source.search_model_versions, filter_string=of_it, order_by=["version_number ASC"])
    for version in found:
        number = str(version.version)
        if number not in copied:
            run = runs[version.run_id]
            with tempfile.TemporaryDirectory() as folder:
                mlflow.set_tracking_uri(source.tracking_uri)
                files = mlflow.artifacts.download_artifacts(f"models:/{model.name}/{number}", dst_path=folder)
                target.log_artifacts(run, files, "registered")
            copied[number] = target.create_model_version(
                model.name,
                f"{target.get_run(run).info.artifact_uri}/registered",
                run,
                {**version.tags, COPIED_FROM: number},
                description=version.description,
            )
    for alias, held in model.aliases.items():
        # MLflow takes no other characters in names of aliases.
        target.set_registered_model_alias(model.name, re.sub(r"[^\w-]", "-", alias), copied[str(held)].version)


if __name__ == "__main__":
    copy_all(*(mlflow.MlflowClient(tracking_uri=each, registry_uri=each) for each in sys.argv[1:3]))
