"""What an answer about types that move says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.result import DynamicResult
from mechopt.report.dynamic_sheets import plain
from mechopt.report.numbers import brief, decimal, fraction, population, seconds, shown, sizes
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.dynamic.interim import Interim

__all__ = ["dynamic_explain", "dynamic_headline", "dynamic_notes", "dynamic_proof", "dynamic_scope"]

_ASKED = "periodic ex post incentive compatible and individually rational, and budget-balanced in expectation"
_MOST_PRICES = 8
_MOST_INTERVALS = 3


def dynamic_headline(result: DynamicResult) -> str:
    """Return the answer in one sentence."""
    where = dynamic_scope(result.problem.environment)
    if result.status == "infeasible":
        return f"impossible: {where} no stationary mechanism is {_ASKED}{_missing_money(result)}"
    if result.question == "solve":
        value = result.value or result.first_best
        share = "which is the first best" if value == result.first_best else f"of a first best of {shown(result.first_best)}"
        grade = "optimal, proved" if result.proof.grade == "optimal" else result.proof.grade
        return f"best welfare {shown(value)} ({grade}), {share}: {where} of all stationary mechanisms that are {_ASKED}"
    if result.answer == "impossible":
        subsidy = "" if result.proof.bound is None else f"; the least expected subsidy is {shown(_negated(result.proof.bound))}"
        return f"impossible: {where} no efficient mechanism with stationary payments and fees in period 0 is {_ASKED}{subsidy}"
    if result.answer is None:
        return f"not decided: {where} {_pivot_fails(result)}, and other mechanisms were not excluded"
    if result.analysis.pivot_balances:
        return f"possible: {where} the dynamic pivot mechanism with fees in period 0 is efficient, {_ASKED}"
    return f"possible: {where} {_pivot_fails(result)}, but another efficient mechanism is {_ASKED}"


def _missing_money(result: DynamicResult) -> str:
    """Return what the prices say has to be added so that some mechanism balances."""
    prices = result.certificate
    needed = "" if prices is None or not prices.budget else shown(Number.of(-prices.bound / prices.budget))
    return f"; an expected subsidy of at least {needed} is needed" if needed else ""


def _pivot_fails(result: DynamicResult) -> str:
    """Return why the dynamic pivot mechanism is not the answer, or not known to be."""
    if result.condition_holds is None:
        return "it is open whether fees balance the dynamic pivot mechanism"
    if not result.condition_holds:
        return "fees do not balance the dynamic pivot mechanism"
    if not result.analysis.truthful:
        return "a report changes how the others' types are expected to move, so that truth need not pay under the dynamic pivot mechanism"
    if result.analysis.voluntary is None:
        return "it is open whether people leave the dynamic pivot mechanism"
    return "people leave the dynamic pivot mechanism"


def dynamic_explain(result: DynamicResult) -> list[str]:
    """Return why the answer is what it is, line by line: whose contributions add up to more than there is, and the lies whose prices bind."""
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
        if certificate.incentive or certificate.joining:
            why = "weigh the requirements below, and what agents keep and pay cancels; what is left depends on the policy alone. The largest weights:"
        else:
            why = "no policy reaches more, whatever is asked for."
        what = "surplus" if certificate.objective == "feasibility" else certificate.objective
        lines.append(f"No stationary mechanism has a {what} above {shown(Number.of(certificate.bound))}: {why}")
        largest = sorted(certificate.incentive.items(), key=lambda entry: (-entry[1], entry[0]))[:_MOST_PRICES]
        for (i, state, report), price in largest:
            agent = environment.agents[i]
            where = plain(environment.state_names(state))
            lines.append(f"  {brief(price)}  {agent.name} does not gain by reporting {agent.types[report]} at {where}")
        for (i, a), price in sorted(certificate.joining.items()):
            lines.append(f"  {brief(price)}  {environment.agents[i].name} joins with type {environment.agents[i].types[a]}")
    return lines


def _negated(number: Number) -> Number:
    return Number(-number.float, None if number.exact is None else -number.exact)


def dynamic_scope(environment: DynamicEnvironment) -> str:
    """Return what a verdict is about, the discount factor included."""
    return f"in this environment of {population(environment.n_types)} and discount factor {fraction(environment.discount)}"


def dynamic_notes(result: DynamicResult) -> Iterator[tuple[str, str]]:
    """Yield what is to be said about the condition, the proof and the program, with a label each."""
    analysis = result.analysis
    yield "condition", _condition_sentence(result)
    yield "discounts", _critical_sentence(result)
    if analysis.interim is not None:
        yield "interim", _interim_sentence(analysis.interim)
    yield "chain", _chain_sentence(result)
    yield "proof", dynamic_proof(result)
    statistics = result.statistics
    yield "program", f"{statistics.get('formulation', '')}: {sizes(statistics)}"
    if isinstance(statistics.get("seconds"), Mapping):
        yield "seconds", seconds(statistics["seconds"])


def _interim_sentence(again: Interim) -> str:
    within = _within(again.error)
    after = "in period 0" if again.worst is None else f"after {plain(again.worst)}"
    words = {True: "holds again after every profile that is reached", False: "does not hold again after every profile that is reached"}
    if again.holds is None:
        return f"open: the least slack, {after}, is smaller than what rounding may have changed{within}"
    return f"the condition {words[again.holds]}{within}; its slack is least {after}"


def _within(error: float) -> str:
    return f" (computed within {error:.1g})" if error else ""


def _condition_sentence(result: DynamicResult) -> str:
    within = _within(result.analysis.condition.error)
    if result.condition_holds is None:
        return f"open: the slack is smaller than what rounding may have changed{within}"
    if result.condition_holds:
        names = [agent.name for agent in result.problem.environment.agents]
        fees = ", ".join(f"{name} {_short(fee)}" for name, fee in zip(names, result.analysis.condition.fees, strict=True))
        leaving = {False: "; but somebody expects less than nothing at some profile, and leaves", None: "; whether somebody leaves is open"}
        stay = leaving.get(result.analysis.voluntary, "")
        return f"holds{within}: fees in period 0 cover the deficit of the pivot payments: {fees}{stay}"
    return f"fails{within}: the pivot payments lose more than the largest fees that every first type would pay"


def _short(number: Number) -> str:
    return decimal(number.float) if number.exact is None else brief(number.exact)


def _critical_sentence(result: DynamicResult) -> str:
    critical = result.analysis.critical
    if not critical.searched:
        return "critical discount factors were not searched for in a state space of this size"
    certain = "all of them" if critical.complete else _missing(critical.undecided)
    if not critical.discounts:
        return f"no critical discount factor {'in (0, 1) (proved)' if critical.complete else f'was found in (0, 1) ({certain})'}"
    return f"both sides are equal at {', '.join(map(_root, critical.discounts, critical.errors))} ({certain})"


def _missing(undecided: Sequence[tuple[float, float]]) -> str:
    """Return where others are not excluded: the first few intervals. Older files do not say."""
    named = [f"between {low:.10g} and {high:.10g}" for low, high in undecided[:_MOST_INTERVALS]]
    more = [f"in {len(undecided) - len(named)} more places"] if len(undecided) > len(named) else []
    return f"some may be missing {', '.join([*named, *more])}".rstrip()


def _root(number: Number, error: float | None) -> str:
    """Return a critical discount factor with what is proved about it."""
    if number.exact is not None:
        return shown(number)
    if error is None:
        return f"about {decimal(number.float)}, where the slack is too small to prove it"
    return f"{number.float:.9f}" if error <= 1e-9 else f"{number.float:.9f} within {error:.0e}"


def _chain_sentence(result: DynamicResult) -> str:
    chain, idle = result.analysis.chain, result.analysis.idle
    words = {True: "{}", False: "not {}", None: "{}: too many edges to tell"}
    said = [words[flag].format(word) for flag, word in ((chain.irreducible, "irreducible"), (chain.aperiodic, "aperiodic"))]
    if chain.second_eigenvalue is not None:
        said.append(f"second eigenvalue {decimal(chain.second_eigenvalue)}")
    if idle is not None:
        said.append(f"every agent has a first type that never changes and contributes nothing ({', '.join(idle)}), so that no fee can be asked for")
    return ", ".join(said)


def dynamic_proof(result: DynamicResult) -> str:
    """Return how well the answer is proved."""
    if result.proof.grade == "infeasible":
        which = "mechanism that people join and stay in" if result.question == "solve" else "efficient mechanism of this form"
        return f"prices prove that every {which} leaves at most {shown(result.proof.bound or Number(0.0))}"
    if result.proof.grade == "optimal":
        what = "mechanism balances the budget with more welfare" if result.question == "solve" else "efficient mechanism leaves a larger surplus"
        return f"prices prove that no stationary {what}, and a mechanism attains it, gap 0"
    if result.mechanism is not None:
        return "the mechanism's properties were recomputed from the environment, exactly"
    return "values are within a proved error" if result.answer else "none"
