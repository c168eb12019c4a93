"""The report: complete, self-contained, and deaf to what names and texts of a problem file try to say to a browser."""

from __future__ import annotations

import builtins
import re
from base64 import b64decode, b64encode
from fractions import Fraction
from hashlib import sha256
from html.parser import HTMLParser

import pytest

import mechopt as mo
from mechopt.exact.checker.claims import check_result
from mechopt.files.problem_file import load
from mechopt.files.saved_result import load_result
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.compare import compare_with
from mechopt.report.page.content import answer, computation, known_by_name, mechanism_tables, proof
from mechopt.report.page.document import html, page
from mechopt.report.page.drawings import drawings
from mechopt.report.page.fragment import result_html
from mechopt.report.page.section import Page, Section
from mechopt.report.pictures.registry import PICTURES
from mechopt.report.pictures.render import figure, rendered
from mechopt.report.pictures.scene import Scene
from mechopt.report.sheet import Sheet

HOSTILE = "<script>alert(1)</script>"
IMAGE = '"><img src=http://example.org/x onerror=alert(1)>'


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def report_on(problem: mo.Problem) -> str:
    results = [mo.certify(problem), mo.solve(problem)]
    claims = {result.question: check_result(result.to_dict()) for result in results}
    return html(page(results, claims, source="the two answers", comparison=compare_with(results[-1], Settings()), release="9.9"))


@pytest.fixture(scope="module")
def hostile() -> mo.Problem:
    agents = {HOSTILE: mo.two_types(0, 3), IMAGE: mo.two_types(1, 4)}
    return mo.Problem(mo.object_environment(agents, {HOSTILE: 1}), name=f"A title & {HOSTILE}", source=f"A source {IMAGE}")


@pytest.fixture(scope="module")
def written(hostile) -> str:
    return report_on(hostile)


@pytest.fixture(scope="module")
def elements(written) -> Elements:
    return Elements(written)


def svgs(elements: Elements) -> list[str]:
    sources = [attributes["src"] for tag, attributes in elements.found if tag == "img"]
    return [b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode() for source in sources]


def test_names_and_texts_are_shown_and_never_run(elements):
    assert HOSTILE in elements.words
    assert IMAGE in elements.words
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "iframe", "object", "embed", "link", "base", "form", "svg"}
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]


def test_pictures_show_the_names_and_do_not_run_them_either(elements):
    images = svgs(elements)
    assert len(images) >= 5
    for image in images:
        assert "<script" not in image
        assert not re.search(r"<[^>]+\son\w+=", image)
    assert any("&lt;script&gt;" in image for image in images)


def test_no_address_leads_out_of_the_page(written, elements):
    addresses = [
        value for _, attributes in elements.found for name, value in attributes.items() if name in ("src", "href", "srcset", "action", "data")
    ]
    assert addresses
    assert [address for address in addresses if not address.startswith(("#section-", "data:image/svg+xml;base64,"))] == []
    assert not re.search(r"url\(|@import", written)
    for image in svgs(elements):
        assert not re.search(r"""(?:href|src)="(?!#|data:image/png)|url\((?!#)""", image)


def test_the_policy_allows_the_one_style_sheet_and_nothing_from_outside(written, elements):
    (policy,) = [attributes["content"] for tag, attributes in elements.found if attributes.get("http-equiv") == "Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    assert not [attributes for _, attributes in elements.found if "style" in attributes]


def test_the_page_answers_proves_compares_and_says_what_ran(elements):
    # Matsuo: costs 0 and 3, values 1 and 4: 1/2 + (1/2)(1/2) 4 - (1/2) 3 - 0 = 0 is the largest surplus, so efficiency is just possible.
    for expected in (
        "Is efficiency possible?",
        "Possible: in this environment",
        "What is the best mechanism?",
        "(optimal, proved)",
        "No admissible mechanism has a welfare above",
        "expected-externality",
        "Every claim holds:",
        "checked again in exact arithmetic",
        "Digest of the problem: sha256",
        "mechopt 9.9",
        "highs",
        "E1",
    ):
        assert expected in elements.words, expected


def test_long_tables_say_how_many_rows_there_are():
    tables = mechanism_tables(mo.solve(mo.bilateral_trade(mo.uniform(0, 1, 14), mo.uniform(0, 1, 14))).mechanism)
    words = Elements(html(Page("", "", (tables, known_by_name(None, "there was no time")), ()))).words
    assert "Of 196 profiles the first 40 are listed" in words
    assert "Not compared: there was no time." in words
    rows = Sheet("", ("x",), tuple((str(k),) for k in range(20)))
    assert "12 of 20 rows" in Elements(html(Page("", "", (Section("", sheets=(rows,)),), ()))).words


def test_a_saved_result_says_what_a_fresh_one_says(tmp_path):
    result = mo.solve(load("matsuo-1989/impossible"))
    result.save(tmp_path / "best.json")
    saved = load_result(tmp_path / "best.json")
    for part in (answer, proof, lambda entry: computation([entry]), lambda entry: mechanism_tables(entry.mechanism)):
        assert part(saved) == part(result)
    images = [rendered(figure(PICTURES["incentives"], Scene(entry.problem, entry)), "svg") for entry in (saved, result)]
    assert images[0] == images[1]


def test_without_matplotlib_the_page_says_how_to_get_pictures(hostile, monkeypatch):
    found = builtins.__import__

    def without(name, *rest, **named):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return found(name, *rest, **named)

    result = mo.solve(hostile)
    monkeypatch.setattr(builtins, "__import__", without)
    section = drawings([result])
    assert section.drawings == ()
    assert "pip install matplotlib" in section.lines[0]


def test_a_notebook_shows_results_escaped(hostile):
    result = mo.solve(hostile)
    for shown in (
        result._repr_html_(),
        result_html(result),
        result.mechanism._repr_html_(),
        result.certificate._repr_html_(),
        mo.compare(hostile)._repr_html_(),
        result.tables()["interim"]._repr_html_(),
    ):
        parsed = Elements(shown)
        assert not {"script", "img"} & {tag for tag, _ in parsed.found}
        assert "table" in {tag for tag, _ in parsed.found}
    assert HOSTILE in Elements(result.mechanism._repr_html_()).words


def test_a_page_about_many_agents_has_pictures_and_no_column_for_every_other_agent():
    """There are 3^12 profiles; what each type expects is known without them."""
    values = {f"owner {k}": mo.uniform(Fraction(k, 30), 1 + Fraction(k, 30), 3) for k in range(12)}
    certified = mo.certify(mo.Problem(mo.object_environment(values, dict.fromkeys(values, Fraction(1, 12)))))
    found = Elements(html(page([certified], {"certify": check_result(certified.to_dict())}, source="the answer", reason="they are many")))
    captions = found.words
    for caption in ("What each type expects to get (certify)", "What each type expects to pay (certify)", "Virtual values, raw and ironed"):
        assert caption in captions
    assert sum(tag == "img" for tag, _ in found.found) >= 4
    assert "gets it" in found.words
    assert not any("owner 11 gets" in word for word in found.words)
    assert "owner 11 gets it" in certified.tables()["interim"].columns
