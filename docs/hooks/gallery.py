"""The gallery: a page per paper with its problems, what they ask and what mechopt answers, computed when the site is built."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from mkdocs.structure.files import File, Files

import mechopt as mo
from mechopt.files.catalogue import Entry, catalogue
from mechopt.report.text import text

MARK = "<!-- problems -->"
AUTHOR = re.compile(r"([\w'][\w' -]*?), (?:[A-Z]\.[- ]?)+")
FIELD = {"certify": "Is efficiency possible?", "solve": "What is best?"}


def on_files(files: Files, config: Any) -> Files:
    """Add a page per paper, and name them in the navigation."""
    section = next(entry["Gallery"] for entry in config.nav if "Gallery" in entry)
    papers = [(slug, list(entries)) for slug, entries in groupby(catalogue(), lambda entry: entry.name.split("/")[0])]
    for position, (slug, entries) in enumerate(papers, start=1):
        uri = f"gallery/{slug}.md"
        files.append(File.generated(config, uri, content=page(entries)))
        section.insert(position, {paper(entries[0].source): uri})
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """List all problems on the gallery's first page."""
    if page.file.src_uri != "gallery/index.md":
        return markdown
    rows = [f"| [{entry.title}]({'{}.md#{}'.format(*entry.name.split('/'))}) | {paper(entry.source)} |" for entry in catalogue()]
    return markdown.replace(MARK, "\n".join(["| problem | after |", "|---|---|", *rows]))


def paper(source: str) -> str:
    """Return authors and year of a citation: ``"Myerson and Satterthwaite (1983)"``."""
    authors, year = re.match(r"(.*?) \((\d{4})\)", source).groups()
    names = [name.removeprefix("and ") for name in AUTHOR.findall(authors + " ")] or [authors]
    return f"{', '.join(names[:-1])} and {names[-1]} ({year})" if len(names) > 1 else f"{names[0]} ({year})"


def page(entries: list[Entry]) -> str:
    """Return the page of a paper."""
    sources = list(dict.fromkeys(entry.source for entry in entries))
    return "\n\n".join([f"# {paper(entries[0].source)}", *sources, *(problem(entry) for entry in entries)]) + "\n"


def problem(entry: Entry) -> str:
    """Return the part of a page about one problem: what is asked, the answers of both questions, and the file."""
    file = entry.path.read_text(encoding="utf-8")
    comment = re.match(r"(?:#.*\n)*", file)[0]
    asked = " ".join(line.removeprefix("#").strip() for line in comment.splitlines())
    answers = [tab(f"mechopt {question}", fence(f"$ mechopt {question} {entry.name}\n{answer(question, entry)}", "console")) for question in FIELD]
    shown = tab("the problem file", fence(file.removeprefix(comment), "toml"))
    return "\n\n".join([f"## {entry.title} {{#{entry.name.split('/')[1]}}}", asked, *answers, shown])


def answer(question: str, entry: Entry) -> str:
    """Return what a command prints, less how long it took."""
    result = getattr(mo, question)(mo.load(entry.name))
    return re.sub(r"^seconds .*\n?", "", text(result, width=88), flags=re.MULTILINE)


def fence(content: str, language: str) -> str:
    """Return a fenced block."""
    return f"```{language}\n{content.rstrip()}\n```"


def tab(title: str, content: str) -> str:
    """Return one of several tabs."""
    return f'=== "{title}"\n\n' + "\n".join(f"    {line}" for line in content.splitlines())
