"""A result about a dynamic problem as text: headline, both sides of the budget condition, critical discount factors, properties, proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from rich.table import Table
from rich.text import Text

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.result import DynamicResult
from mechopt.mechanism.properties import Verdict
from mechopt.report.layout import empty_table, rendered
from mechopt.report.numbers import brief, decimal, fraction, shown
from mechopt.report.sheet import Sheet, cell_text
from mechopt.result import Number

__all__ = ["dynamic_action", "dynamic_headline", "dynamic_notes", "dynamic_numbers", "dynamic_properties", "dynamic_text"]

_PROPERTY_WORDS = {
    "efficient": "efficient",
    "periodic-epic": "periodic ex post incentive compatible",
    "periodic-ir": "periodic ex post individually rational",
    "interim-ir": "worth its fee to every first type",
    "expected-no-deficit": "free of deficits in expectation",
    "expected-balanced": "budget-balanced in expectation",
}
_ASKED = "periodic ex post incentive compatible and individually rational, and budget-balanced in expectation"
_MOST_ROWS, _MOST_PRICES = 16, 8


def dynamic_text(result: DynamicResult, *, width: int = 100, color: bool = False) -> str:
    """Return a result as text for a terminal or a file; parameters are those of `mechopt.report.text.text`."""
    return rendered(_parts(result), width=width, color=color)


def _parts(result: DynamicResult) -> Iterator[Text | Table]:
    if result.problem.name:
        yield Text(result.problem.name, style="dim")
    yield Text(dynamic_headline(result), style="bold")
    yield _numbers(result)
    if result.checks:
        yield _properties(result)
    if result.mechanism is not None and result.problem.environment.n_states <= _MOST_ROWS:
        yield _mechanism(result)
    notes = Table.grid(padding=(0, 2))
    for label, line in dynamic_notes(result):
        notes.add_row(Text(label, style="bold"), Text(line))
    yield notes


def dynamic_headline(result: DynamicResult) -> str:
    """Return the answer in one sentence."""
    where = _scope(result.problem.environment)
    if result.question == "solve":
        value = result.value or result.first_best
        share = "which is the first best" if value == result.first_best else f"of a first best of {shown(result.first_best)}"
        return f"best welfare {shown(value)} ({result.proof.grade}), {share}: {where} of all stationary mechanisms that are {_ASKED}"
    if result.answer == "impossible":
        subsidy = "" if result.proof.bound is None else f"; the least expected subsidy is {shown(_negated(result.proof.bound))}"
        return f"impossible: {where} no efficient mechanism with stationary payments and fees in period 0 is {_ASKED}{subsidy}"
    if result.answer is None:
        return f"not decided: {where} the dynamic pivot mechanism with fees does not do, and other mechanisms were not excluded"
    if result.analysis.pivot_balances:
        return f"possible: {where} the dynamic pivot mechanism with fees in period 0 is efficient, {_ASKED}"
    why = "people leave the dynamic pivot mechanism" if result.condition_holds else "fees do not balance the dynamic pivot mechanism"
    return f"possible: {where} {why}, but another efficient mechanism is {_ASKED}"


def dynamic_explain(result: DynamicResult) -> str:
    """Return in words why the answer is what it is: whose contributions add up to more than there is, and the lies whose prices bind."""
    environment, sides = result.problem.environment, result.analysis.condition
    lines = [
        f"Every agent of the dynamic pivot mechanism keeps what she adds to the others' value. Together that is {shown(sides.deficit)} more than "
        f"the efficient policy is worth, {shown(sides.efficient_value)}: the expected deficit. In period 0 each can be asked for what her worst type "
        "expects: "
        + ", ".join(f"{agent.name} {shown(fee)}" for agent, fee in zip(environment.agents, sides.largest_fees, strict=True))
        + f". That leaves {shown(sides.slack)}."
    ]
    certificate = result.certificate
    if certificate is not None:
        lines.append(
            f"No stationary mechanism has a {certificate.objective} above {shown(Number.of(certificate.bound))}: weigh the requirements below, and "
            "what agents keep and pay cancels; what is left depends on the policy alone. The largest weights:"
        )
        largest = sorted(certificate.incentive.items(), key=lambda entry: -entry[1])[:_MOST_PRICES]
        for (i, state, report), price in largest:
            agent = environment.agents[i]
            where = _plain(environment.state_names(state))
            lines.append(f"  {brief(price)}  {agent.name} does not gain by reporting {agent.types[report]} at {where}")
        for (i, a), price in sorted(certificate.joining.items()):
            lines.append(f"  {brief(price)}  {environment.agents[i].name} joins with type {environment.agents[i].types[a]}")
    return "\n".join(lines) + "\n"


def _negated(number: Number) -> Number:
    return Number(-number.float, None if number.exact is None else -number.exact)


def _scope(environment: DynamicEnvironment) -> str:
    sizes = " x ".join(map(str, environment.n_types))
    agents = f"{environment.n_agents} agents" if environment.n_agents > 1 else "one agent"
    return f"in this environment of {agents} with {sizes} types and discount factor {fraction(environment.discount)}"


def dynamic_numbers(result: DynamicResult) -> Sheet:
    """Return both sides of the budget condition and what they leave."""
    analysis = result.analysis
    fees = zip(result.problem.environment.agents, analysis.condition.largest_fees, strict=True)
    entries: list[tuple[str, Number | None]] = [
        ("best welfare", result.value),
        ("value of the efficient policy", result.first_best),
        ("deficit of the pivot payments", result.pivot_deficit),
        ("largest fees, together", analysis.condition.largest_total),
        *((f"  largest fee of {agent.name}", fee) for agent, fee in fees),
        ("slack", result.slack),
        ("least interim slack", analysis.interim_slack),
        ("largest budget surplus", result.budget_surplus),
    ]
    rows = tuple((label, number.exact, number.float) for label, number in entries if number is not None)
    return Sheet("Numbers", ("", "exact", "float"), rows)


def _numbers(result: DynamicResult) -> Table:
    sheet = dynamic_numbers(result)
    table = empty_table(sheet.columns, sheet.columns[1:])
    for label, exact, approximate in sheet.rows:
        table.add_row(str(label), fraction(exact) if isinstance(exact, Fraction) else "unknown", cell_text(approximate))
    return table


def dynamic_properties(result: DynamicResult) -> Sheet:
    """Return the properties of a dynamic result's mechanism, with the case that decides where one fails."""
    rows = tuple((_PROPERTY_WORDS[verdict.property], verdict.holds, verdict.margin, _witness(verdict)) for verdict in result.checks)
    return Sheet("Properties", ("property", "holds", "margin", "worst case"), rows)


def _properties(result: DynamicResult) -> Table:
    sheet = dynamic_properties(result)
    table = empty_table(sheet.columns, ["margin"])
    for name, holds, margin, worst in sheet.rows:
        written = [cell_text(cell) for cell in (name, holds, margin, worst)]
        table.add_row(Text(written[0]), Text(written[1], style="green" if holds else "red"), written[2], Text(written[3]))
    return table


def _witness(verdict: Verdict) -> str:
    if verdict.witness is None:
        return ""
    return ", ".join(f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in verdict.witness.items())


def _plain(value: Any) -> str:
    return "(" + ", ".join(map(str, value.values())) + ")" if isinstance(value, Mapping) else str(value)


def _mechanism(result: DynamicResult) -> Table:
    """Return what happens at every profile: the action, and what everybody pays."""
    mechanism, environment = result.mechanism, result.problem.environment
    assert mechanism is not None
    names = [agent.name for agent in environment.agents]
    pays = [f"{name} pays" for name in names]
    table = empty_table([*names, "action", *pays], pays)
    payments = mechanism.payments.fractions()
    for state in range(environment.n_states):
        types = environment.state_names(state)
        table.add_row(*(Text(types[name]) for name in names), Text(dynamic_action(mechanism.policy[state].fractions(), environment.actions)), *(
            brief(own[state]) for own in payments
        ))  # fmt: skip
    table.add_row(*([""] * len(names)), "once: fee", *(brief(fee) for fee in mechanism.fees))
    return table


def dynamic_action(chances: list[Any], actions: tuple[str, ...]) -> str:
    """Return what is done at a profile, with its chances where it is a lottery."""
    used = [(chance, action) for chance, action in zip(chances, actions, strict=True) if chance]
    return used[0][1] if len(used) == 1 else ", ".join(f"{action} {brief(chance)}" for chance, action in used)


def dynamic_notes(result: DynamicResult) -> Iterator[tuple[str, str]]:
    """Yield what is to be said about the condition, the proof and the program, with a label each."""
    analysis = result.analysis
    yield "condition", _condition_sentence(result)
    yield "discounts", _critical_sentence(result)
    if analysis.interim_slack is not None:
        after = "in period 0" if analysis.interim_worst is None else f"after {_plain(analysis.interim_worst)}"
        holds = "holds again after every profile" if analysis.interim_holds else "does not hold again after every profile"
        yield "interim", f"the condition {holds} that is reached; its slack is least {after}"
    yield "chain", _chain_sentence(result)
    yield "proof", _proof_sentence(result)
    statistics = result.statistics
    sizes = [f"{statistics[key]:,} {key}" for key in ("rows", "columns", "profiles") if statistics.get(key) is not None]
    yield "program", f"{statistics.get('formulation', '')}: {', '.join(sizes)}"
    if isinstance(statistics.get("seconds"), Mapping):
        yield "seconds", ", ".join(f"{stage} {time:.3f}" for stage, time in statistics["seconds"].items())


def _condition_sentence(result: DynamicResult) -> str:
    error = result.analysis.condition.error
    within = "" if not error else f" (computed within {error:.1g})"
    if result.condition_holds is None:
        return f"open: the slack is smaller than what rounding may have changed{within}"
    if result.condition_holds:
        names = [agent.name for agent in result.problem.environment.agents]
        fees = ", ".join(f"{name} {_short(fee)}" for name, fee in zip(names, result.analysis.condition.fees, strict=True))
        stay = "" if result.analysis.pivot.voluntary else "; but somebody expects less than nothing at some profile, and leaves"
        return f"holds{within}: fees in period 0 cover the deficit of the pivot payments: {fees}{stay}"
    return f"fails{within}: the pivot payments lose more than the largest fees that every first type would pay"


def _short(number: Number) -> str:
    return decimal(number.float) if number.exact is None else brief(number.exact)


def _critical_sentence(result: DynamicResult) -> str:
    critical = result.analysis.critical
    if not critical.searched:
        return "critical discount factors were not searched for in a state space of this size"
    found = ", ".join(shown(number) if number.exact is not None else f"{number.float:.9f}" for number in critical.discounts)
    certain = "all of them" if critical.complete else "found on a grid, so that close pairs may be missing"
    if not critical.discounts:
        return f"no critical discount factor in (0, 1) ({'proved' if critical.complete else certain})"
    return f"both sides are equal at {found} ({certain})"


def _chain_sentence(result: DynamicResult) -> str:
    chain, idle = result.analysis.chain, result.analysis.idle
    words = {True: "{}", False: "not {}", None: "{}: too many edges to tell"}
    said = [words[flag].format(word) for flag, word in ((chain.irreducible, "irreducible"), (chain.aperiodic, "aperiodic"))]
    if chain.second_eigenvalue is not None:
        said.append(f"second eigenvalue {decimal(chain.second_eigenvalue)}")
    if idle is not None:
        said.append(f"every agent has a first type that never changes and contributes nothing ({', '.join(idle)}), so that no fee can be asked for")
    return ", ".join(said)


def _proof_sentence(result: DynamicResult) -> str:
    if result.proof.grade == "infeasible":
        return f"prices prove that every efficient mechanism of this form leaves at most {shown(result.proof.bound or Number(0.0))}"
    if result.proof.grade == "optimal":
        what = "mechanism balances the budget with more welfare" if result.question == "solve" else "efficient mechanism leaves a larger surplus"
        return f"prices prove that no stationary {what}, and a mechanism attains it, gap 0"
    if result.mechanism is not None:
        return "the mechanism's properties were recomputed from the environment, exactly"
    return "values are within a proved error" if result.answer else "none"
