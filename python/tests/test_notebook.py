"""The cells of a notebook as they ran are the code of a version, and its command runs them."""

import os
import pathlib
import subprocess
import sys
import textwrap
from types import SimpleNamespace
from typing import Any

import pytest

import mvgit
from mvgit import _notebook


def shell(*cells: str, **more: Any) -> Any:
    """As much of IPython's as is looked at."""
    history = SimpleNamespace(input_hist_parsed=["", *cells])
    return SimpleNamespace(history_manager=history, user_ns=more, starting_dir=os.getcwd())


def test_cells_are_a_script_in_the_percent_format(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _notebook.started(shell("x")) is not None
    assert not (tmp_path / "notebook.cells.py").exists(), "outside of a repository nothing is written"
    (tmp_path / ".git").mkdir()
    made = _notebook.started(shell("x = 1", "", "def f():\n    return x\n", __vsc_ipynb_file__="/a/train.ipynb"))
    assert made is not None
    assert made.words[1:] == ["train.cells.py"]
    assert made.folder == str(tmp_path)
    assert made.notes == ["its code is 'train.cells.py': the cells of the notebook 'train.ipynb', as they ran"]
    assert (tmp_path / "train.cells.py").read_text() == (
        "# Cells of a notebook as they ran, in order. mvgit.run wrote this file, and replaces it.\n"
        "\n# %% [1]\nx = 1\n\n# %% [3]\ndef f():\n    return x\n"
    )


def test_a_notebook_that_went_to_its_repository(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "clone" / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    given = shell("x", "get_ipython().run_line_magic('cd', 'clone')\ny = 1\n")
    monkeypatch.chdir(tmp_path / "clone" / "sub")
    made = _notebook.started(given)
    assert made is not None
    assert (made.folder, len(made.notes)) == (str(tmp_path / "clone" / "sub"), 2)
    assert "the kernel was started elsewhere" in made.notes[1]
    text = (tmp_path / "clone" / "sub" / "notebook.cells.py").read_text()
    assert text.endswith("# %% [2]\n# %cd 'clone'\ny = 1\n")
    assert made.words[1:] == ["notebook.cells.py"]
    # Modules are found from where the kernel was started, where that is in the same repository.
    given = shell("x")
    monkeypatch.chdir(tmp_path / "clone")
    made = _notebook.started(given)
    assert made is not None
    assert (made.folder, len(made.notes)) == (str(tmp_path / "clone" / "sub"), 1)


def test_magics_need_ipython_and_what_failed_is_left_out(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "a b.ipynb"))
    given = shell("get_ipython().run_line_magic('time', 'x')", "await f()", "1 +", "raise ValueError('''\n\n''')")
    given.history_manager.exceptions = {4: {"ename": "ValueError"}}
    made = _notebook.started(given)
    assert made is not None
    assert made.words[1:] == ["-m", "IPython", "a b.cells.py"]
    assert made.notes[1] == "2 cells that raised an error are left out"
    assert (tmp_path / "a b.cells.py").read_text().split("\n\n", 1)[1] == (
        "# %% [1]\nget_ipython().run_line_magic('time', 'x')\n"
        "\n# %% [2]\nget_ipython().run_cell('await f()\\n').raise_error()\n"
        "\n# %% raised SyntaxError [3]\n# 1 +\n"
        "\n# %% raised ValueError [4]\n# raise ValueError('''\n#\n# ''')\n"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_file_of_somebody_else_is_left_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    mine = tmp_path / "notebook.cells.py"
    mine.write_text("mine\n")
    with pytest.raises(mvgit.MvgitError) as caught:
        _notebook.started(shell("x"))
    assert (caught.value.code, mine.read_text()) == ("local-changes", "mine\n")
    for make in (lambda: mine.symlink_to("elsewhere.py"), mine.mkdir, lambda: os.mkfifo(mine)):
        if mine.is_dir():
            mine.rmdir()
        else:
            mine.unlink()
        make()
        with pytest.raises(mvgit.MvgitError) as caught:
            _notebook.started(shell("x"))
        assert (caught.value.code, caught.value.subject) == ("local-changes", str(mine))
    assert sorted(os.listdir(tmp_path)) == [".git", "home", "notebook.cells.py"]


def test_what_was_written_is_put_back_where_the_block_cannot_begin(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    file = tmp_path / "notebook.cells.py"
    first = _notebook.started(shell("x = '\ud800'"))
    assert first is not None
    before = file.read_bytes()
    second = _notebook.started(shell("y"))
    assert second is not None
    assert file.read_text().endswith("y\n")
    second.put_back()
    assert file.read_bytes() == before
    first.put_back()
    assert not file.exists()
    assert sorted(os.listdir(tmp_path)) == [".git", "home"]
    # What somebody changed meanwhile is theirs.
    file.write_text("mine\n")
    second.put_back()
    assert file.read_text() == "mine\n"


def test_where_no_cell_ran_it_is_no_notebook() -> None:
    assert _notebook.started(shell()) is None
    assert _notebook.started(SimpleNamespace()) is None


CELLS = [
    "import mvgit, os\nrate = 0.1",
    "%matplotlib_of_nobody",
    "%env A_CELL=1",
    """\
    with mvgit.run("spam", data="mails", weights="w.bin", params={"rate": rate}) as run:
        for step in range(3):
            mvgit.log(step=step, loss=rate / (step + 1))
        open("w.bin", "w").write(f"weights {rate}")
    """,
    "assert run.label == 'spam@v1', run.label",
    "rate = 0.2",
    """\
    try:
        with mvgit.run("spam") as run:
            raise ValueError("no luck")
    except ValueError:
        pass
    assert run.label is None and run.error is not None
    """,
    """\
    before = open("train.cells.py").read()
    try:
        with mvgit.run("spam", data="nowhere"):
            raise AssertionError
    except mvgit.MvgitError as error:
        assert open("train.cells.py").read() == before, error
    """,
]


@pytest.fixture
def project(repository: Any) -> Any:
    repository.write("mails/a.txt", "1\n")
    return repository


def test_a_kernel_makes_versions_that_run_again(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = pytest.importorskip("jupyter_client", reason="jupyter_client is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    monkeypatch.setenv("JPY_SESSION_NAME", str(project.folder / "train.ipynb"))
    manager = client.KernelManager()
    manager.start_kernel(cwd=str(project.folder))
    kernel = manager.client()
    kernel.start_channels()
    try:
        kernel.wait_for_ready(timeout=60)
        for cell in CELLS:
            reply = kernel.execute_interactive(textwrap.dedent(cell), timeout=120, output_hook=lambda _: None)
            content = reply["content"]
            assert content["status"] == "ok" or cell == CELLS[1], content
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    pack = mvgit.command(["show", "spam@v1"])["package"]
    assert pack["run"]["command"][1:] == ["-m", "IPython", "train.cells.py"]
    assert pack["notes"][0] == "its code is 'train.cells.py': the cells of the notebook 'train.ipynb', as they ran"
    assert (pack["params"], pack["metrics"]) == ({"rate": 0.1}, {"loss": 0.1 / 3})
    assert pack["environment"]["interpreters"][0]["role"] == "program"
    assert any(each.startswith("ipykernel==") for each in pack["environment"]["python"]["packages"])
    script = project.git("show", "spam@v1:train.cells.py")
    assert "rate = 0.1" in script and "rate = 0.2" not in script
    assert [(each["state"], each["why"]) for each in mvgit.command(["runs"])["runs"]] == [
        ("failed", "the command raised ValueError: no luck")
    ]
    again = mvgit.command(["reproduce", "spam@v1"])
    assert (again["verdict"], again["status"]) == ("identical", 0)


def test_an_example_runs_by_papermill(project: Any) -> None:
    pytest.importorskip("papermill", reason="papermill is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    example = pathlib.Path(__file__).parent / "examples" / "notebook.ipynb"
    notebook = nbformat.read(example, as_version=4)
    nbformat.write(notebook, project.folder / "train.ipynb")
    subprocess.run(
        [sys.executable, "-m", "papermill", "train.ipynb", "out.ipynb", "-p", "rate", "0.5"],
        check=True,
        capture_output=True,
    )
    pack = mvgit.command(["show", "spam@v1"])["package"]
    assert pack["params"]["rate"] == 0.5
    assert pack["run"]["command"][1:] == ["notebook.cells.py"]
