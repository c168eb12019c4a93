"""Execute the notebooks.

``python -m tests.notebooks.execute NOTEBOOK ...`` stores today's outputs in notebooks.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests.docs.names import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def executed(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs that its cells have now, and nothing else that differs from run to run."""
    notebook = nbformat.read(path, as_version=4)
    local = Config(KernelManager={"transport": "ipc"})  # no port is opened
    NotebookClient(notebook, config=local, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(ROOT)}}).execute()
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def words(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Return what the cells of a notebook print and return, as text."""
    return [
        [str(output.get("text") or output.get("data", {}).get("text/plain") or output) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def main() -> None:
    """Bring notebooks up to date."""
    for name in sys.argv[1:]:
        nbformat.write(executed(Path(name)), name)


if __name__ == "__main__":
    main()
