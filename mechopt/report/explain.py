"""The proof for a human: which constraints, with which weights, add up to the bound or the contradiction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rich.table import Table
from rich.text import Text

from mechopt.dynamic.result import DynamicResult
from mechopt.exact.certificate import Certificate, Tree
from mechopt.rational import counted
from mechopt.report.dynamic import dynamic_explain
from mechopt.report.latex import latex_fraction, latex_name, latex_number, latex_text
from mechopt.report.layout import rendered, sheet_table
from mechopt.report.numbers import fraction, shown
from mechopt.report.prices import arcs, participation_price, price_sheets, unpriced
from mechopt.report.sentences import AnyResult, together
from mechopt.report.sheet import Sheet
from mechopt.result import Number, Result

__all__ = [
    "certificate_to_latex",
    "claim",
    "conflict_in_words",
    "explain",
    "explain_certificate",
    "prices_in_words",
    "sum_up",
    "tree_in_words",
    "without_prices",
]

_MOST_KINDS, _MOST_TYPES = 6, 12
_MEASURES = {"gains": "gains", "payoff": "an expected payoff", "weighted": "a weighted payoff", "worst-case": "a guaranteed share of the first best"}
_CLAIMS = {
    "surplus": "Every efficient mechanism with these incentive and participation properties has an expected budget surplus of at most {bound}.",
    "subsidy": "An efficient mechanism with these properties needs an outside subsidy of at least {deficit} in expectation.",
    "feasibility": "The requirements contradict each other: with these weights they add up to {exact} >= 0, which is false.",
    "epsilon": "Every mechanism violates incentive compatibility by at least {deficit}.",
}


def explain_certificate(certificate: Certificate | Tree) -> str:
    """Return the proof in words and tables, in lines of at most a hundred columns.

    Examples
    --------
    >>> import mechopt as mo
    >>> result = mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)))
    >>> print(explain_certificate(result.certificate).splitlines()[0])
    Every efficient mechanism with these incentive and participation properties has an expected budget
    """
    return rendered(_parts(certificate)).rstrip("\n")


def _parts(certificate: Certificate | Tree) -> Iterator[Text | Table]:
    if isinstance(certificate, Tree):
        yield from (Text(line) for line in tree_in_words(certificate))
        return
    yield Text(f"{claim(certificate)}\n")
    yield from (Text(line) for line in prices_in_words(certificate))
    sheets = price_sheets(certificate)
    for sheet in sheets[:_MOST_KINDS]:
        yield sheet_table(_headed(sheet))
        if len(sheet.rows) > _MOST_TYPES:
            yield Text(f"... and {counted(len(sheet.rows) - _MOST_TYPES, 'more type')}")
    if len(sheets) > _MOST_KINDS:
        yield Text(f"\n... and {counted(len(sheets) - _MOST_KINDS, 'more table')}: the saved result has all prices.")
    yield Text(f"\n{sum_up(certificate)}")


def _headed(sheet: Sheet) -> Sheet:
    """Return the first rows of a table of prices, with whose types they are about as the heading of the first column."""
    return replace(sheet, columns=(sheet.title, *sheet.columns[1:]), rows=sheet.rows[:_MOST_TYPES])


def claim(certificate: Certificate) -> str:
    """Return what the prices prove, in a sentence or two."""
    bound, deficit = _number(certificate.bound), _number(-certificate.bound)
    text = _CLAIMS.get(certificate.objective, "No admissible mechanism has {objective} above {bound}.")
    measure = _MEASURES.get(certificate.objective, f"a {certificate.objective}")
    claim = text.format(bound=bound, exact=fraction(certificate.bound), deficit=deficit, objective=measure)
    if certificate.objective == "surplus" and certificate.bound < 0 and certificate.design.budget != "none":
        claim += " Its budget cannot be met."
    return claim


def _number(value: Fraction) -> str:
    return shown(Number.of(value))


def tree_in_words(tree: Tree) -> tuple[str, str]:
    """Return the proof of a tree of cases in two sentences."""
    leaves = list(tree.leaves())
    empty = sum(leaf.objective == "feasibility" for leaf in leaves)
    first = f"at {', '.join(tree.profile)} either {tree.outcome} is chosen or it is not"
    impossible = f"{counted(empty)} of them are impossible; each of the others" if empty else "Each of them"
    return (
        f"No admissible deterministic mechanism has a {tree.objective} above {_number(tree.bound)}.",
        f"Cases: {first}; and so on, {counted(len(leaves), 'case')} in all. {impossible} has prices of its own.",
    )


def prices_in_words(certificate: Certificate) -> Iterator[str]:
    """Yield what prices are, and those that belong to no agent."""
    yield "Each price multiplies one requirement, written as an expression that is not negative; payments cancel in the sum."
    if certificate.budget is not None:
        if certificate.budget.ndim == 0:
            yield f"Price of a unit of money in expectation (budget {certificate.design.budget}): {_number(certificate.budget.item())}"
        else:
            total = certificate.budget.sum().item()
            yield f"Prices of money at every profile (budget {certificate.design.budget}), in total {_number(total)}"
    for name, price in certificate.constraints.items():
        if price:
            yield f"Price of the constraint {name!r}: {_number(price)}"
    if free := unpriced(certificate):
        whose = ", ".join(free) if len(free) <= _MOST_KINDS else counted(len(free), "agent")
        yield f"No requirement of {whose} has a price."


def sum_up(certificate: Certificate) -> str:
    """Return why the prices prove the bound."""
    within = "efficient outcomes" if certificate.efficient else "outcomes"
    return (
        f"At every profile the allocation is worth at most the largest virtual surplus over {within}; in expectation, less what staying out is "
        f"worth at the participation prices, this is {_number(certificate.bound)}."
    )


def certificate_to_latex(certificate: Certificate) -> str:
    r"""Return the prices as a LaTeX table (booktabs): one row per type, with participation and incentive prices.

    Examples
    --------
    >>> import mechopt as mo
    >>> result = mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)))
    >>> print(certificate_to_latex(result.certificate).splitlines()[0])
    \begin{tabular}{llrrl}
    """
    rows = [r"\begin{tabular}{llrrl}", r"\toprule", r"agent & type & $f_i$ & $\mu_i$ & $\lambda_i$ \\", r"\midrule"]
    agents = certificate.environment.agents
    for members in certificate.groups:
        i, agent, who = members[0], agents[members[0]], latex_text(together([agents[j].name for j in members]))
        for a, name in enumerate(agent.types):
            mu = latex_number(participation_price(certificate.participation[i], a)) if certificate.participation else ""
            lies = ", ".join(rf"{latex_number(price)} $\to$ {latex_name(report)}" for report, price in arcs(certificate, i, a))
            rows.append(rf"{who} & {latex_name(name)} & {latex_number(agent.prior[a])} & {mu} & {lies} \\")
    beta = "" if certificate.budget is None else rf"$\beta = {latex_fraction(certificate.budget.sum().item())}$, "
    rows += [r"\midrule", rf"\multicolumn{{5}}{{l}}{{{beta}bound $B = {latex_fraction(certificate.bound)}$}} \\", r"\bottomrule", r"\end{tabular}"]
    return "\n".join(rows)


def explain(result: AnyResult, *, width: int = 100) -> str:
    """Return the proof of a result in words, in lines of at most so many columns: its certificate, or its mechanism where that is the proof."""
    return rendered(_why(result), width=width).rstrip("\n")


def _why(result: AnyResult) -> Iterator[Text | Table]:
    if isinstance(result, DynamicResult):
        yield from map(Text, dynamic_explain(result))
        return
    certificate = result.certificate
    if certificate is None:
        yield Text(without_prices(result))
        return
    yield from _parts(certificate)
    if result.conflict:
        yield Text(f"\n{conflict_in_words(result.conflict)}")


def without_prices(result: Result) -> str:
    """Return what proves an answer that has no certificate."""
    if result.proof.ray is not None:
        return (
            "There is no bound: payments (proof.ray in the saved result) can be added to the mechanism's any number of times. No requirement minds, "
            f"and the {result.problem.design.objective} rises each time."
        )
    if result.mechanism is None:
        return "Nothing is proved."
    return "The mechanism is the proof: every property in the table was recomputed from the environment in exact arithmetic."


def conflict_in_words(requirements: Sequence[str]) -> str:
    """Return what would have to be given up."""
    return f"What contradicts each other: {', '.join(requirements)}. Without any one of them the others can be had together."
