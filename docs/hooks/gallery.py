"""The gallery: a page per paper with its problems, what they ask, a picture, and what mechopt answers, computed when the site is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from mkdocs.structure.files import File, Files

import mechopt as mo
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.errors import PictureError
from mechopt.files.catalogue import Entry, catalogue
from mechopt.report.pictures.registry import PICTURES
from mechopt.report.pictures.render import figure, rendered
from mechopt.report.pictures.scene import DynamicScene, Scene
from mechopt.report.text import text

MARK = "<!-- problems -->"
AUTHOR = re.compile(r"([\w'][\w' -]*?), (?:[A-Z]\.[- ]?)+")
QUESTIONS = ("certify", "solve")


@dataclass(frozen=True)
class Shown:
    """A problem with everything the gallery shows of it.

    Attributes
    ----------
    entry : Entry
    results : mapping from question to result
    picture : str or None
        The name of what is drawn; None if no picture applies.
    question : str
        Of the result that is drawn.
    drawn : bytes
        The picture as SVG.
    """

    entry: Entry
    results: dict[str, Any]
    picture: str | None = None
    question: str = ""
    drawn: bytes = b""

    @property
    def anchor(self) -> str:
        """The problem's own name."""
        return self.entry.name.split("/")[1]


def on_files(files: Files, config: Any) -> Files:
    """Add a page per paper, and name them in the navigation."""
    section = next(entry["Gallery"] for entry in config.nav if "Gallery" in entry)
    papers = [(slug, list(shown)) for slug, shown in groupby(problems(), lambda shown: shown.entry.name.split("/")[0])]
    for position, (slug, shown) in enumerate(papers, start=len(section)):
        uri = f"gallery/{slug}.md"
        files.append(File.generated(config, uri, content=page(shown)))
        section.insert(position, {paper(shown[0].entry.source): uri})
        for problem in (problem for problem in shown if problem.picture):
            files.append(File.generated(config, f"gallery/{problem.entry.name}.svg", content=problem.drawn))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Show all problems on the gallery's first page."""
    if page.file.src_uri != "gallery/index.md":
        return markdown
    return markdown.replace(MARK, '<div class="grid cards" markdown>\n\n' + "\n\n".join(card(shown) for shown in problems()) + "\n\n</div>")


@cache
def problems() -> tuple[Shown, ...]:
    """Return every problem of the catalogue, answered and drawn."""
    return tuple(show(entry) for entry in catalogue())


def show(entry: Entry) -> Shown:
    """Answer the questions that a problem's file has values for, and draw the first picture that applies."""
    problem = mo.load(entry.name)
    results = {question: getattr(mo, question)(problem) for question in QUESTIONS if question in problem.expected}
    for question, name in candidates(problem):
        try:
            drawn = figure(PICTURES[name], DynamicScene(problem) if name == "dynamic-condition" else Scene(problem, results[question]))
        except PictureError:
            continue
        return Shown(entry, results, name, question, rendered(drawn, "svg"))
    return Shown(entry, results)


def candidates(problem: mo.Problem | DynamicProblem) -> Iterator[tuple[str, str]]:
    """Return the pictures that could be drawn of a problem, the most telling first, each with the question it answers."""
    if isinstance(problem.environment, DynamicEnvironment):
        yield "certify", "dynamic-condition"
        return
    if problem.design.objective == "revenue":
        yield "solve", "virtual-values"
    if problem.environment.kind != "table":  # one outcome out of a table's many says little
        yield from (("solve", "property-rights"), ("solve", "allocation"))
    yield from (("solve", "interim-allocation"), ("solve", "payments"), ("certify", "incentives"))


def card(shown: Shown) -> str:
    """Return a problem in a few lines, for the first page."""
    target = "{}.md#{}".format(*shown.entry.name.split("/"))
    asked = " · ".join(re.split(r"[:;(]", headline(result))[0].strip() for result in shown.results.values())
    lines = [f"**[{shown.entry.title}]({target})**", f"{paper(shown.entry.source)}: {asked}"]
    drawn = [f"[{image(shown)}]({target})"] if shown.picture else []
    return "-   " + "\n\n    ".join([*drawn, *lines])


def image(shown: Shown) -> str:
    """Return the picture of a problem."""
    return f"![{shown.picture} of {shown.entry.title}]({shown.entry.name}.svg){{ loading=lazy }}"


def headline(result: Any) -> str:
    """Return the line under the title of a printed result."""
    return text(result, width=1000).splitlines()[1]


def paper(source: str) -> str:
    """Return authors and year of a citation: ``"Myerson and Satterthwaite (1983)"``."""
    authors, year = re.match(r"(.*?) \((\d{4})\)", source).groups()
    names = [name.removeprefix("and ") for name in AUTHOR.findall(authors + " ")]
    return f"{', '.join(names[:-1])} and {names[-1]} ({year})" if len(names) > 1 else f"{names[0]} ({year})"


def page(problems: list[Shown]) -> str:
    """Return the page of a paper."""
    sources = list(dict.fromkeys(shown.entry.source for shown in problems))
    return "\n\n".join([f"# {paper(sources[0])}", *sources, *(part(shown) for shown in problems)]) + "\n"


def part(shown: Shown) -> str:
    """Return the part of a page about one problem: what is asked, a picture, the answers to both questions, and the file."""
    name = shown.entry.name
    file = shown.entry.path.read_text(encoding="utf-8")
    comment = re.match(r"(?:#.*\n)*", file)[0]
    asked = " ".join(line.removeprefix("#").strip() for line in comment.splitlines())
    answers = [
        tab(f"mechopt {question}", fence(f"$ mechopt {question} {name}\n{answer(result)}", "console")) for question, result in shown.results.items()
    ]
    drawn = [image(shown)] if shown.picture else []
    plot = [tab("the picture", fence(f"$ {plot_command(shown)}", "console"))] if shown.picture else []
    tabs = [*answers, *plot, tab("the problem file", fence(file.removeprefix(comment), "toml"))]
    return "\n\n".join([f"## {shown.entry.title} {{#{shown.anchor}}}", asked, *drawn, *tabs])


def plot_command(shown: Shown) -> str:
    """Return the command that draws the picture of a problem."""
    option = "" if shown.question == "solve" else f" --question {shown.question}"
    return f"mechopt plot {shown.entry.name} --picture {shown.picture}{option} -o {shown.anchor}.svg"


def answer(result: Any) -> str:
    """Return what a command prints, less how long it took."""
    return re.sub(r"^seconds .*\n?", "", text(result, width=100), flags=re.MULTILINE)


def fence(content: str, language: str) -> str:
    """Return a fenced block."""
    return f"```{language}\n{content.rstrip()}\n```"


def tab(title: str, content: str) -> str:
    """Return one of several tabs."""
    return f'=== "{title}"\n\n' + "\n".join(f"    {line}" for line in content.splitlines())
