"""MLflow's own client, which knows nothing of mvgit, against versions and stages."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed here")
pytest.importorskip("sklearn", reason="scikit-learn is not installed here")
pytest.importorskip("pandas", reason="pandas is not installed here")

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples" / "to_mlflow.py"

TRAIN = """
import sys
import mlflow, mlflow.sklearn
from sklearn.linear_model import LogisticRegression

strength = float(sys.argv[1])
with mlflow.start_run(run_name=f"train {strength}"):
    mlflow.log_param("C", strength)
    for step in range(3):
        mlflow.log_metric("loss", strength / (step + 1), step=step)
    mlflow.log_text("report", "reports/report.txt")
    model = LogisticRegression(C=strength).fit([[0], [1]], [0, 1])
    name = {"name": "classifier"} if int(mlflow.__version__.split(".")[0]) > 2 else {"artifact_path": "classifier"}
    mlflow.sklearn.log_model(model, **name, serialization_format="cloudpickle", pip_requirements=[])
"""


@contextlib.contextmanager
def serving(folder: pathlib.Path, *words: str) -> Iterator[None]:
    """The client asks what is served of a folder."""
    command = [sys.executable, "-m", "mvgit", "-q", "mlflow", "serve", *words]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    before = mlflow.get_tracking_uri()
    try:
        mlflow.set_tracking_uri(server.stdout.readline().strip())
        yield
    finally:
        mlflow.set_tracking_uri(before)
        server.send_signal(signal.SIGTERM)
        server.stdout.close()
        assert server.wait(timeout=60) in (0, 128 + signal.SIGTERM)


@pytest.fixture
def trained(repository, monkeypatch):
    """Two versions that MLflow recorded, of which the first is in production, and one that it did not."""
    for name in ("MLFLOW_DISABLE_TELEMETRY", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    repository.write("train.py", TRAIN)
    repository.git("add", "train.py")
    repository.git("commit", "-qm", "code")
    for strength in ("0.5", "2.5"):
        repository.mvgit("run", "spam", "--", sys.executable, "train.py", strength)
    repository.write("plain/weights.txt", "weights")
    repository.mvgit("save", "plain", "--weights", "plain")
    repository.mvgit("push", "--all")
    repository.mvgit("promote", "spam@v1", "production")
    return repository


def test_versions_are_loaded_found_and_moved_by_a_client_that_knows_nothing_of_mvgit(trained, tmp_path, monkeypatch):
    """One test: to train takes most of the time."""
    trained.mvgit("export", "spam@v2", "--mlflow", "../model")
    assert mlflow.sklearn.load_model(str(trained.folder.parent / "model")).C == 2.5
    with serving(trained.folder):
        loaded_and_found(tmp_path)
        copied_to_another_server(tmp_path / "left", monkeypatch)
    with serving(trained.folder, "--allow-writes"):
        moved_and_nothing_else()
        found_by_a_token(monkeypatch)
    assert "by MLflow's client" in trained.mvgit("history", "spam").stdout


def loaded_and_found(folder: pathlib.Path) -> None:
    client = mlflow.MlflowClient()
    strengths = {
        "models:/spam@production": 0.5,
        "models:/spam/1": 0.5,
        "models:/spam/2": 2.5,
        "models:/spam/latest": 2.5,
    }
    for uri, wanted in strengths.items():
        assert (uri, mlflow.sklearn.load_model(uri).C) == (uri, wanted)
    assert list(mlflow.pyfunc.load_model("models:/spam@production").predict([[0], [1]])) == [0, 1]

    version = client.get_model_version_by_alias("spam", "production")
    assert (version.version, version.aliases) == ("1", ["production"])
    assert client.get_registered_model("spam").aliases == {"production": "1"}
    assert [each.version for each in client.search_model_versions("name = 'spam'")] == ["2", "1"]
    assert {each.name for each in client.search_registered_models()} == {"plain", "spam"}

    runs = mlflow.search_runs(experiment_names=["spam"], filter_string="params.C = '0.5'")
    assert list(runs["run_id"]) == [version.run_id]
    assert len(mlflow.search_runs()) == 3
    with pytest.raises(mlflow.MlflowException, match="INVALID_PARAMETER_VALUE: Invalid attribute key 'nme'"):
        mlflow.search_runs(filter_string="nme = 'x'")
    run = client.get_run(version.run_id)
    assert run.data.params == {"C": "0.5"}
    assert run.data.metrics == {"loss": pytest.approx(0.5 / 3)}
    history = [(each.step, each.value) for each in client.get_metric_history(version.run_id, "loss")]
    assert history == [(0, 0.5), (1, 0.25), (2, pytest.approx(0.5 / 3))]

    report = client.download_artifacts(version.run_id, "reports/report.txt", str(folder))
    assert pathlib.Path(report).read_text() == "report"
    assert mlflow.sklearn.load_model(f"runs:/{version.run_id}/classifier").C == 0.5

    latest = client.get_latest_versions("spam")
    assert [(each.version, each.current_stage) for each in latest] == [("1", "Production"), ("2", "None")]
    # The model names itself by the id that MLflow gave it.
    assert "sklearn" in mlflow.models.get_model_info("models:/spam/2").flavors

    plain = mlflow.artifacts.download_artifacts("models:/plain/1")
    assert os.listdir(plain)[0:1] == ["weights.txt"]
    with pytest.raises(mlflow.MlflowException, match="MLmodel"):
        mlflow.pyfunc.load_model("models:/plain/1")
    with pytest.raises(mlflow.MlflowException, match="PERMISSION_DENIED"):
        client.set_registered_model_alias("spam", "production", "2")
    with pytest.raises(mlflow.MlflowException, match=r"PERMISSION_DENIED: .*'mvgit retract MODEL@v3'"):
        client.delete_model_version("spam", "2")


def copied_to_another_server(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The one kind of store for which this client needs nothing else.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    words = [sys.executable, str(EXAMPLE), mlflow.get_tracking_uri(), folder.as_uri()]
    for _ in range(2):
        subprocess.run(words, check=True, capture_output=True, cwd=folder.parent)
    client = mlflow.MlflowClient(folder.as_uri(), folder.as_uri())
    versions = client.search_model_versions("name = 'spam'")
    assert [(each.tags["mvgit.version"], each.aliases) for each in versions] == [
        ("spam@v2", []),
        ("spam@v1", ["production"]),
    ]
    run = client.get_run(versions[1].run_id)
    assert (run.data.params, run.info.status, run.info.run_name) == ({"C": "0.5"}, "FINISHED", "train 0.5")
    assert len(client.get_metric_history(run.info.run_id, "loss")) == 3
    assert {each.path for each in client.list_artifacts(run.info.run_id)} == {"registered", "reports"}
    assert mlflow.sklearn.load_model(versions[0].source).C == 2.5
    assert len(client.search_runs([run.info.experiment_id])) == 2


def moved_and_nothing_else() -> None:
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("spam", "production", "2")
    assert mlflow.sklearn.load_model("models:/spam@production").C == 2.5
    with pytest.raises(mlflow.MlflowException, match="there is no version 'spam@v9'"):
        client.set_registered_model_alias("spam", "production", "9")
    with pytest.raises(mlflow.MlflowException, match="PERMISSION_DENIED"):
        client.create_registered_model("more")
    client.delete_registered_model_alias("spam", "production")
    with pytest.raises(mlflow.MlflowException, match="nothing is in spam#production"):
        client.get_model_version_by_alias("spam", "production")


def found_by_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    address, _, secret = mlflow.get_tracking_uri().rpartition("/")
    mlflow.set_tracking_uri(address)
    with pytest.raises(mlflow.MlflowException, match=r"UNAUTHENTICATED: .*'mvgit mlflow serve' printed"):
        mlflow.MlflowClient().get_registered_model("spam")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", secret)
    assert mlflow.MlflowClient().get_registered_model("spam").name == "spam"
