"""What a theorem's question found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from rich.table import Table
from rich.text import Text

from mechopt.files.result_file import mechanism_to_dict, plain, result_to_dict
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import Verdict
from mechopt.pipeline.theorems.expected_externality import ExpectedExternality
from mechopt.pipeline.theorems.green_laffont import GreenLaffont
from mechopt.pipeline.theorems.groves_uniqueness import Freedom, GrovesUniqueness
from mechopt.pipeline.theorems.hagerty_rogerson import HagertyRogerson
from mechopt.pipeline.theorems.ir_vcg_criterion import IrVcgCriterion
from mechopt.pipeline.theorems.least_money_burnt import LeastMoneyBurnt
from mechopt.pipeline.theorems.rebalancing import Rebalancing
from mechopt.pipeline.theorems.registry import Finding
from mechopt.problem import Problem
from mechopt.rational import counted
from mechopt.report.layout import empty_table, rendered
from mechopt.report.numbers import brief, fraction, percent, shown
from mechopt.report.sentences import PROPERTY_WORDS, scope, witness_sentence
from mechopt.result import Number, Result

__all__ = ["finding_text", "finding_to_dict"]

Parts = Iterator[Text | Table]

# Rows of a table that are shown in full.
_MOST_ROWS = 24


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as dictionaries, lists, strings and floats: its numbers with both faces, results and mechanisms in full."""
    answer = finding.answer
    names = [entry.name for entry in fields(answer) if entry.name != "problem"]
    measures = [name for name, entry in vars(type(answer)).items() if isinstance(entry, property) and name not in ("holds", *names)]
    return {
        "theorem": finding.theorem.id,
        "statement": finding.theorem.statement,
        "reference": finding.theorem.reference,
        "holds": answer.holds,
        **{name: _face(getattr(answer, name)) for name in (*measures, *names)},
    }


def _face(value: Any) -> Any:
    if isinstance(value, Fraction):
        return plain(Number.of(value))
    if isinstance(value, Mechanism):
        return mechanism_to_dict(value)
    if isinstance(value, Result):
        return result_to_dict(value)
    if isinstance(value, Verdict):
        return {"property": value.property, "holds": value.holds, "margin": _face(value.margin), "witness": plain(value.witness)}
    if is_dataclass(value) and not isinstance(value, (type, Number)):
        return {entry.name: _face(getattr(value, entry.name)) for entry in fields(value)}
    return [_face(entry) for entry in value] if isinstance(value, (list, tuple)) else plain(value)


def finding_text(finding: Finding, *, width: int = 100, color: bool = False) -> str:
    """Return a finding as text; parameters are those of `mechopt.report.text.text`."""
    return rendered(_parts(finding), width=width, color=color)


def _parts(finding: Finding) -> Parts:
    problem: Problem = finding.answer.problem
    if problem.name:
        yield Text(problem.name, style="dim")
    yield Text(f"{finding.theorem.statement} ({finding.theorem.reference}).")
    body = _WORDS[type(finding.answer)](finding.answer)
    yield Text(f"{'holds' if finding.holds else 'fails'} {scope(problem.environment)}: {next(body)}", style="bold")
    yield from (Text(part) if isinstance(part, str) else part for part in body)


def _money(value: Fraction) -> str:
    return shown(Number.of(value))


def _groves_uniqueness(found: GrovesUniqueness) -> Iterator[Any]:
    if found.holds:
        tail = "" if found.distance == 0 else f"; if ties always go to the first outcome a rule can still be {_money(found.distance)} away"
        yield f"a payment rule with which truth is dominant however ties are broken is a Groves rule{tail}"
    else:
        away = _money(found.robust_distance)
        yield f"gaps between types let a rule that is dominant however ties are broken be {away} away from every Groves rule"
    table = empty_table(["agent", "ties", "distance", "price difference", "bounds", "Groves"], ["distance", "Groves"])
    for ties, freedoms in (("to the first", found.chosen), ("either way", found.robust)):
        for freedom in freedoms:
            between = "" if freedom.outcome is None else f"{freedom.outcome} - {freedom.instead}{_when(freedom.others)}"
            bounds = "" if freedom.outcome is None else f"{fraction(freedom.least)} to {fraction(freedom.greatest)}"
            table.add_row(freedom.agent, ties, brief(freedom.distance), between, bounds, brief(freedom.groves) if between else "")
    yield table
    yield ""
    worst = max(found.robust if not found.holds else found.chosen, key=lambda freedom: freedom.distance)
    yield from _chain(worst)


def _chain(freedom: Freedom) -> Iterator[str]:
    if freedom.chain:
        steps = ", and if ".join(f"type {step.type} gets {step.instead} instead of {step.outcome}, {fraction(step.slack)}" for step in freedom.chain)
        bound, settled = fraction(freedom.greatest), fraction(freedom.groves)
        yield f"proof of {freedom.agent}'s upper bound {bound}: {settled} under Groves, and what surplus loses if {steps}"


def _when(others: Mapping[str, str]) -> str:
    return " when " + ", ".join(f"{agent} is {kind}" for agent, kind in others.items()) if others else ""


def _green_laffont(found: GreenLaffont) -> Iterator[Any]:
    if found.holds:
        yield "no efficient dominant-strategy mechanism balances; the prices of the certificate prove it"
    elif found.balanced is not None:
        yield "a Groves mechanism balances; the surplus is a sum of terms that each leave one agent out"
    else:
        yield "gaps between types leave room for a mechanism that balances, though no Groves mechanism does"
    if found.cube is not None:
        ends = " and ".join("(" + ", ".join(entry.values()) + ")" for entry in (found.cube.first, found.cube.second))
        yield (
            f"no Groves mechanism balances: between the types {ends} the alternating sum of first-best surplus is "
            f"{_money(found.cube.alternating_sum)}, and balance needs 0"
        )


def _rebalancing(found: Rebalancing) -> Iterator[Any]:
    yield f"VCG leaves {_money(found.surplus)} in expectation; rebalanced, every type expects {_money(found.share)} more"
    table = empty_table(["agent", "type", "VCG", "rebalanced", "rise"], ["VCG", "rebalanced", "rise"])
    for rise in found.rises[:_MOST_ROWS]:
        table.add_row(rise.agent, rise.type, brief(rise.before), brief(rise.after), brief(rise.after - rise.before))
    yield table
    yield from _left_out(len(found.rises), "type")


def _left_out(n: int, what: str) -> Iterator[str]:
    if n > _MOST_ROWS:
        yield f"... and {counted(n - _MOST_ROWS, f'more {what}')}"


def _expected_externality(found: ExpectedExternality) -> Iterator[Any]:
    n = len(found.driven_away)
    away = f"drives {counted(n, 'type')} away" if n else "everybody wants to take part"
    yield f"{', '.join(_claim(verdict) for verdict in found.claims)}; {away}"
    if n:
        table = empty_table(["agent", "type", "probability", "loss by taking part"], ["probability", "loss by taking part"])
        for loss in found.driven_away[:_MOST_ROWS]:
            table.add_row(loss.agent, loss.type, brief(loss.probability), brief(loss.loss))
        yield table
        yield from _left_out(n, "type")


def _claim(verdict: Verdict) -> str:
    words = PROPERTY_WORDS[verdict.property]
    return words if verdict.holds else f"not {words}: {witness_sentence(verdict)}"


def _ir_vcg_criterion(found: IrVcgCriterion) -> Iterator[Any]:
    if found.holds:
        yield f"no efficient mechanism leaves more than IR-VCG, {_money(found.ir_vcg_surplus)}"
    else:
        yield f"gaps between types let an efficient mechanism leave {_money(found.difference)} more than IR-VCG"
    table = empty_table(["", "expected surplus", "efficiency is"], ["expected surplus"])
    table.add_row("IR-VCG", brief(found.ir_vcg_surplus), found.criterion)
    table.add_row("largest (S*)", brief(found.largest_surplus), Text(str(found.result.answer)))
    yield table
    yield ""
    yield (
        "the criterion gives the right answer"
        if found.agrees
        else "the criterion is wrong: where IR-VCG falls short another efficient mechanism does not"
    )


def _hagerty_rogerson(found: HagertyRogerson) -> Iterator[Any]:
    share = percent(Number.of(found.posted_gains), Number.of(found.best_gains))
    if found.holds:
        yield f"nothing gains more than the posted price {_money(found.price)}, whose gains are {_money(found.posted_gains)}"
    else:
        yield (
            f"the best mechanism gains {_money(found.best_gains)}; the best posted price, {_money(found.price)}, and with it every lottery "
            f"over posted prices, gains at most {_money(found.posted_gains)}, {share} of that"
        )
    yield "without lotteries over trade the theorem holds on every finite grid: deterministic trade happens at one fixed price"


def _least_money_burnt(found: LeastMoneyBurnt) -> Iterator[Any]:
    if found.holds:
        yield f"of the first best {_money(found.first_best)} every dominant-strategy rule loses {_money(found.least_loss)} or more"
    else:
        yield "a dominant-strategy rule loses nothing of the first best"
    table = empty_table(["rule", "welfare", "surplus lost", "money burnt", "payoff", "proof"], ["welfare", "surplus lost", "money burnt", "payoff"])
    for rule in found.contestants:
        numbers = [brief(value) for value in (rule.welfare, rule.surplus_lost, rule.money_burnt, rule.payoff)]
        table.add_row(rule.id, *numbers, "" if rule.proof is None else rule.proof.grade)
    yield table
    yield ""
    yield (
        "best-balanced: most welfare if money must add up; best-efficient: least money burnt if the surplus must not suffer; best-payoff: the two "
        "losses traded off."
    )


_WORDS: dict[type, Callable[[Any], Iterator[Any]]] = {
    GrovesUniqueness: _groves_uniqueness,
    GreenLaffont: _green_laffont,
    Rebalancing: _rebalancing,
    ExpectedExternality: _expected_externality,
    IrVcgCriterion: _ir_vcg_criterion,
    HagertyRogerson: _hagerty_rogerson,
    LeastMoneyBurnt: _least_money_burnt,
}
