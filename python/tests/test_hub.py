"""What `mvgit export --hub` lays out, as Hugging Face's own client reads it."""

import pathlib

import pytest

import mvgit

hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")


def test_the_card_is_one_that_the_client_reads(repository: "object", tmp_path: pathlib.Path) -> None:
    write = repository.write  # type: ignore[attr-defined]
    write("LICENSE", "MIT License\n")
    write("params.yaml", 'base_model: org/base\nname: "a: b\\n---\\n# <b>"\nno: 1e-7\n')
    write("metrics.json", '{"accuracy": 0.5, "loss": 1e-7, "bad": NaN}')
    write("out/model.safetensors", "weights")
    repository.git("add", "LICENSE")  # type: ignore[attr-defined]
    repository.git("commit", "-qm", "start")  # type: ignore[attr-defined]
    mvgit.command(
        ["save", "spam", "--weights", "out", "--params", "params.yaml", "--metrics", "metrics.json", "-m", "no: [x"]
    )
    told = mvgit.command(["export", "spam@v1", "--hub", str(tmp_path / "hub")])
    assert told["outcome"] == "new"
    card = hub.ModelCard.load(tmp_path / "hub" / "README.md")
    assert card.data.license == "mit"
    assert card.data.base_model == "org/base"
    assert card.data.tags == ["safetensors", "mvgit"]
    assert card.data.model_name == "spam"
    assert [(each.metric_type, each.metric_value) for each in card.data.eval_results] == [
        ("accuracy", 0.5),
        ("loss", 1e-7),
    ]
    assert "&lt;b&gt;" in card.text and "\n# <b>" not in card.text
    # Written again by the client it says the same.
    assert hub.ModelCard(str(card)).data.to_dict() == card.data.to_dict()
    assert (tmp_path / "hub" / "model.safetensors").read_text() == "weights"
