"""The proof for a human: which constraints, with which weights, add up to the bound or the contradiction."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from mechopt.dynamic.result import DynamicResult
from mechopt.exact.certificate import Certificate, PairPrices, Tree
from mechopt.files.saved_certificate import certificate_of
from mechopt.rational import RationalArray, to_text
from mechopt.report.dynamic import dynamic_explain
from mechopt.report.latex import latex_fraction, latex_name, latex_number, latex_text

if TYPE_CHECKING:
    from mechopt.report.sentences import AnyResult

__all__ = [
    "binding_lies",
    "certificate_to_latex",
    "claim",
    "explain",
    "explain_certificate",
    "participation_price",
    "prices_in_words",
    "short",
    "sum_up",
    "tree_in_words",
    "virtual_values",
]

_MOST_LINES = 12
_MEASURES = {"gains": "gains", "payoff": "an expected payoff", "weighted": "a weighted payoff", "worst-case": "a guaranteed share of the first best"}
_CLAIMS = {
    "surplus": "Every efficient mechanism with these incentive and participation properties has an expected budget surplus of at most {bound}.",
    "subsidy": "An efficient mechanism with these properties needs an outside subsidy of at least {deficit} in expectation.",
    "feasibility": "The requirements contradict each other: with these weights they add up to {bound} >= 0, which is false.",
    "epsilon": "Every mechanism violates incentive compatibility by at least {deficit}.",
}


def explain_certificate(certificate: Certificate | Tree) -> str:
    """Return the proof in words and tables.

    Examples
    --------
    >>> import mechopt as mo
    >>> result = mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)))
    >>> print(explain_certificate(result.certificate).splitlines()[0])
    Every efficient mechanism with these incentive and participation properties has an expected budget surplus of at most -5/216. \
Its budget cannot be met.
    """
    if isinstance(certificate, Tree):
        return tree_in_words(certificate)
    lines = [claim(certificate), ""]
    lines += list(prices_in_words(certificate))
    for i, agent in enumerate(certificate.environment.agents):
        lines += ["", f"{agent.name}:", *_agent(certificate, i)]
    lines += ["", *sum_up(certificate)]
    return "\n".join(lines)


def claim(certificate: Certificate) -> str:
    """Return what the prices prove, in a sentence or two."""
    bound, deficit = short(certificate.bound), short(-certificate.bound)
    text = _CLAIMS.get(certificate.objective, "No admissible mechanism has {objective} above {bound}.")
    claim = text.format(bound=bound, deficit=deficit, objective=_MEASURES.get(certificate.objective, f"a {certificate.objective}"))
    if certificate.objective == "surplus" and certificate.bound < 0 and certificate.design.budget != "none":
        claim += " Its budget cannot be met."
    return claim


def tree_in_words(tree: Tree) -> str:
    """Return the proof of a tree of cases in words."""
    leaves = list(tree.leaves())
    empty = sum(leaf.objective == "feasibility" for leaf in leaves)
    first = f"at {', '.join(tree.profile)} either {tree.outcome} is chosen or it is not"
    return (
        f"No admissible deterministic mechanism has a {tree.objective} above {short(tree.bound)}.\n"
        f"Cases: {first}; and so on, {len(leaves)} cases in all. {empty} of them are impossible, each of the others has its own prices."
    )


def prices_in_words(certificate: Certificate) -> Iterator[str]:
    """Yield what prices are, and those that belong to no agent."""
    yield "Each price multiplies one requirement, written as an expression that is not negative; payments cancel in the sum."
    if certificate.budget is not None:
        if certificate.budget.ndim == 0:
            yield f"Price of a unit of money in expectation (budget {certificate.design.budget}): {short(certificate.budget.item())}"
        else:
            total = certificate.budget.sum().item()
            yield f"Prices of money at every profile (budget {certificate.design.budget}), in total {short(total)}"
    for name, price in certificate.constraints.items():
        if price:
            yield f"Price of the constraint {name!r}: {short(price)}"


def _agent(certificate: Certificate, i: int) -> Iterator[str]:
    environment = certificate.environment
    values = virtual_values(certificate, i)
    mu = certificate.participation[i] if certificate.participation else None
    header = f"  {'type':>12}  {'probability':>11}  {'participation':>14}" + (f"  {'value':>10}  {'virtual value':>14}" if values is not None else "")
    yield header + "  incentive prices"
    for a, name in enumerate(environment.agents[i].types):
        if a == _MOST_LINES:
            yield f"  ... and {environment.n_types[i] - _MOST_LINES} more types"
            break
        own = "" if mu is None else short(participation_price(mu, a))
        line = f"  {_cut(name, 12):>12}  {short(environment.agents[i].prior[a]):>11}  {own:>14}"
        if values is not None:
            true = (environment.agents[i].values or ())[a]
            virtual = values[a]
            line += f"  {short(true):>10}  {'' if virtual is None else short(virtual):>14}"
        yield f"{line}  {binding_lies(certificate, i, a)}".rstrip()


def binding_lies(certificate: Certificate, i: int, a: int) -> str:
    """Return the lies of type `a` of agent `i` that carry a price, in words."""
    if not certificate.incentive:
        return ""
    pairs = certificate.incentive[i]
    types = certificate.environment.agents[i].types
    told = [
        f"{short(_row_total(pairs, k))} not to report {_cut(types[int(pairs.reported[k])], 12)}"
        for k in np.nonzero(pairs.true == a)[0].tolist()
        if np.any(pairs.prices[k].numerators)
    ]
    return "; ".join(told[:3]) + ("; ..." if len(told) > 3 else "")


def _row_total(pairs: PairPrices, k: int) -> Fraction:
    return pairs.prices[k].sum().item()


def participation_price(prices: RationalArray, a: int) -> Fraction:
    """Return the price of type `a` for taking part, added up over profiles."""
    return prices.item() if prices.size == 1 else prices[a].sum().item()


def virtual_values(certificate: Certificate, i: int) -> list[Fraction | None] | None:
    r"""Return the virtual value of each type of agent `i`: what holding the object, or the project, counts for her type.

    .. math:: \psi_i(a) = w v_a + \frac{(\mu_i(a) + \sum_b \lambda_i(a \to b)) v_a - \sum_b \lambda_i(b \to a) v_b}{f_i(a)}

    where w is 1 if the objective counts her utility and 0 if not. None for a type without probability; None instead of a list
    where there is no such single number (tables, prices by profile).

    Returns
    -------
    list of Fraction or None, length n_types, or None
        In money.
    """
    environment, agent = certificate.environment, certificate.environment.agents[i]
    by_type = environment.independent and certificate.design.incentive in ("bic", "none")
    if agent.values is None or not by_type or certificate.design.participation == "ex-post-ir":
        return None
    counted = certificate.objective in ("welfare", "gains", "payoff")
    drain = _drain(certificate, i)
    weight = [drain[a] * v for a, v in enumerate(agent.values)]
    if certificate.incentive:
        pairs = certificate.incentive[i]
        for a, b, price in zip(pairs.true.tolist(), pairs.reported.tolist(), pairs.prices.fractions(), strict=True):
            weight[a] += price * agent.values[a]
            weight[b] -= price * agent.values[a]
    return [(v if counted else Fraction(0)) + w / p if p else None for v, w, p in zip(agent.values, weight, agent.prior, strict=True)]


def _drain(certificate: Certificate, i: int) -> list[Fraction]:
    agent = certificate.environment.agents[i]
    if not certificate.participation:
        return [Fraction(0)] * agent.n_types
    if certificate.design.participation == "ex-ante-ir":
        return [certificate.participation[i].item() * p for p in agent.prior]
    return list(certificate.participation[i].fractions())


def sum_up(certificate: Certificate) -> Iterator[str]:
    """Yield why the prices prove the bound."""
    within = "efficient outcomes" if certificate.efficient else "outcomes"
    yield f"At every profile the allocation is worth at most the largest virtual surplus over {within}; in expectation, less what"
    yield f"staying out is worth at the participation prices, this is {short(certificate.bound)}."


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
    for i, agent in enumerate(certificate.environment.agents):
        for a, name in enumerate(agent.types):
            mu = latex_number(participation_price(certificate.participation[i], a)) if certificate.participation else ""
            rows.append(
                rf"{latex_text(agent.name)} & {latex_name(name)} & {latex_number(agent.prior[a])} & {mu} & {_latex_arcs(certificate, i, a)} \\"
            )
    beta = "" if certificate.budget is None else rf"$\beta = {latex_fraction(certificate.budget.sum().item())}$, "
    rows += [r"\midrule", rf"\multicolumn{{5}}{{l}}{{{beta}bound $B = {latex_fraction(certificate.bound)}$}} \\", r"\bottomrule", r"\end{tabular}"]
    return "\n".join(rows)


def _latex_arcs(certificate: Certificate, i: int, a: int) -> str:
    if not certificate.incentive:
        return ""
    pairs, types = certificate.incentive[i], certificate.environment.agents[i].types
    arcs = [(types[int(pairs.reported[k])], _row_total(pairs, k)) for k in np.nonzero(pairs.true == a)[0].tolist()]
    return ", ".join(rf"{latex_number(price)} $\to$ {latex_name(name)}" for name, price in arcs if price)


def short(value: Fraction, digits: int = 24) -> str:
    """Return a rational as text, as a rounded decimal where the exact text is long.

    Examples
    --------
    >>> short(Fraction(1, 3)), short(Fraction(1, 3**60))
    ('1/3', '2.35898e-29...')
    """
    text = to_text(value)
    return text if len(text) <= digits else f"{float(value):.6g}..."


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def explain(result: AnyResult) -> str:
    """Return the proof of a result in words: its certificate, or its mechanism where that is the proof."""
    if isinstance(result, DynamicResult):
        return dynamic_explain(result)
    certificate = certificate_of(result)
    if certificate is None and result.proof.ray is not None:
        return (
            "There is no bound: payments (proof.ray in the saved result) can be added to the mechanism's any number of times. No requirement minds, "
            f"and the {result.problem.design.objective} rises each time."
        )
    if certificate is None:
        return "The mechanism is the proof: every property in the table was recomputed from the environment in exact arithmetic."
    return explain_certificate(certificate) + _conflict(result.conflict)


def _conflict(requirements: tuple[str, ...]) -> str:
    """Return what would have to be given up."""
    if not requirements:
        return ""
    return f"\n\nWhat contradicts each other: {', '.join(requirements)}. Without any one of them the others can be had together."
