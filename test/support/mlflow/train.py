"""What MLflow users write, all of it in one script; nothing here knows of mvgit."""
import os
import pathlib

import mlflow
import numpy
from sklearn.linear_model import LogisticRegression

what = os.environ["WHAT"]

if what == "manual":
    mlflow.set_experiment("spam")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_params({"lr": 0.1, "layers": "[1, 2]", "api_key": "sk-abcdefghijklmnop1234"})
        for step in range(5):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metric("accuracy", 0.9)
        mlflow.log_metric("odd", float("nan"))
        mlflow.set_tag("team", "mail")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "config.json")
        folder = pathlib.Path("plots")
        folder.mkdir()
        (folder / "a.txt").write_text("plot a")
        (folder / "deep").mkdir()
        (folder / "deep" / "b ü%.txt").write_text("plot b")
        mlflow.log_artifacts("plots", "plots")
    client = mlflow.MlflowClient()
    assert [point.value for point in client.get_metric_history(run.info.run_id, "loss")][:2] == [1.0, 0.5]
    assert sorted(each.path for each in client.list_artifacts(run.info.run_id)) == ["config.json", "notes", "plots"]
    assert pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="plots/deep/b ü%.txt")).read_text() == "plot b"

if what == "autolog":
    mlflow.autolog()
    x = numpy.random.RandomState(0).rand(40, 3)
    model = LogisticRegression(C=0.5).fit(x, x[:, 0] > 0.5)
    assert mlflow.last_active_run() is not None

if what == "async":
    mlflow.config.enable_async_logging(True)
    with mlflow.start_run():
        for step in range(500):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_param("late", 1)

if what == "search":
    with mlflow.start_run(run_name="search"):
        for depth in (1, 2, 3):
            with mlflow.start_run(run_name=f"depth {depth}", nested=True) as child:
                mlflow.log_param("depth", depth)
                for step in range(3):
                    mlflow.log_metric("accuracy", [0.5, 0.9, 0.7][depth - 1] + step / 100, step=step)
                mlflow.log_text(f"depth {depth}", "report.txt")
    best = mlflow.search_runs(order_by=["metrics.accuracy DESC"], filter_string="metrics.accuracy > 0.1 and status = 'FINISHED'", output_format="list")
    assert best[0].data.params["depth"] == "2", best[0]

if what == "model":
    import mlflow.sklearn

    x = numpy.random.RandomState(0).rand(40, 3)
    model = LogisticRegression().fit(x, x[:, 0] > 0.5)
    with mlflow.start_run():
        data = mlflow.data.from_numpy(x, name="mails")
        mlflow.log_input(data, context="training")
        info = mlflow.sklearn.log_model(model, name="classifier", registered_model_name="spam-detector")
    again = mlflow.sklearn.load_model("models:/spam-detector/1")
    assert (again.predict(x) == model.predict(x)).all()
    mlflow.MlflowClient().set_registered_model_alias("spam-detector", "champion", "1")
    assert mlflow.sklearn.load_model("models:/spam-detector@champion").coef_.shape == (1, 3)
