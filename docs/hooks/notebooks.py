"""Notebooks become pages, with the outputs they are stored with; the tests hold those against what the cells do today."""

from __future__ import annotations

import re
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

STYLE = re.compile(r"<style scoped>.*?</style>\n?", re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Put a page in the place of each notebook."""
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        files.remove(notebook)
        name = notebook.src_uri.removesuffix(".ipynb")
        body, resources = MarkdownExporter().from_notebook_node(nbformat.reads(notebook.content_string, as_version=4))
        for picture, content in resources["outputs"].items():
            body = body.replace(f"]({picture})", f"]({name.split('/')[-1]}-{picture})")
            files.append(File.generated(config, f"{name}-{picture}", content=content))
        files.append(File.generated(config, f"{name}.md", content=plain(body)))
    return files


def plain(body: str) -> str:
    """Return a page whose tables look like all others."""
    return STYLE.sub("", body).replace('<table border="1" class="dataframe">', "<table>")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Lead links that open a notebook in the repository to its page on the site."""
    return markdown.replace(".ipynb)", ".md)")
