"""Execute the notebooks.

``python -m tests.notebooks.execute NOTEBOOK ...`` stores today's outputs in notebooks.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests.docs.names import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def executed(paths: Sequence[Path]) -> list[nbformat.NotebookNode]:
    """Return notebooks with the outputs that their cells have now, and nothing else that differs from run to run.

    They share a process, because starting one takes longer than most cells, but no name: each begins with none.
    """
    notebooks = [nbformat.read(path, as_version=4) for path in paths]
    together = nbformat.v4.new_notebook()
    for notebook in notebooks:
        together.cells += [nbformat.v4.new_code_cell("%reset -f"), *notebook.cells]
    local = Config(KernelManager={"transport": "ipc"})  # no port is opened
    NotebookClient(together, config=local, kernel_name="python3", timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
    for notebook in notebooks:
        notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
        for cell in notebook.cells:
            cell.metadata = {}
    return notebooks


def words(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Return what the cells of a notebook print and return, as text."""
    return [
        [str(output.get("text") or output.get("data", {}).get("text/plain") or output) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def main() -> None:
    """Bring notebooks up to date."""
    names = sys.argv[1:]
    for name, notebook in zip(names, executed([Path(name) for name in names]), strict=True):
        nbformat.write(notebook, name)


if __name__ == "__main__":
    main()
