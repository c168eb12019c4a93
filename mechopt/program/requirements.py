"""Each requirement of a design as rows: probabilities, incentives, participation, budget, limits, a user's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Constraint, Term
from mechopt.environment.welfare import surplus
from mechopt.program.frame import Frame
from mechopt.program.linear import BlockBuilder
from mechopt.rational import RationalArray

__all__ = ["add_requirements"]

Indices = NDArray[np.int64]
Entry = tuple[Indices, Indices, RationalArray]
ONE = RationalArray.full((), 1)


def add_requirements(frame: Frame, builder: BlockBuilder) -> None:
    """Add every row of the program."""
    _probabilities(frame, builder)
    for i in range(frame.environment.n_agents):
        _links(frame, builder, i)
        if frame.design.ex_post_incentive:
            _ex_post_incentive(frame, builder, i)
        elif frame.design.incentive == "bic":
            _bayesian_incentive(frame, builder, i)
        _participation(frame, builder, i)
    if frame.question.objective != "surplus":
        _budget(frame, builder)
    _limits(frame, builder)
    for constraint in frame.design.constraints:
        _own_constraint(frame, builder, constraint)
    if frame.question.objective == "worst-case":
        _worst_case(frame, builder)


def _range(*shape: int) -> Indices:
    return np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.int64).reshape(shape)


def _probabilities(frame: Frame, builder: BlockBuilder) -> None:
    # Something happens at every profile.
    n = frame.environment.n_profiles
    builder.add_rows("probability", (n,), [(_range(n, 1), frame.allocation, ONE)], 1, 1)


def _links(frame: Frame, builder: BlockBuilder, i: int) -> None:
    """Interim quantities are expectations of what happens at profiles (reduction E3)."""
    if not frame.interim_allocation:
        return
    own = frame.environment.type_indices(i)
    weight = frame.environment.others_probability(i).broadcast(frame.environment.n_types).reshape(-1)
    block = frame.interim_allocation[i]
    entries: list[Entry] = [(_range(*block.shape), block.positions, ONE)]
    for k, feature in enumerate(frame.features[i]):
        relevant = np.nonzero(feature.of_outcome.numerators)[0]
        value = weight.reshape(-1, 1) * feature.of_outcome[relevant].reshape(1, -1)
        rows = k * block.shape[1] + own
        entries.append((rows.reshape(-1, 1), frame.allocation[:, relevant], -value))
    builder.add_rows("link", block.shape, entries, 0, 0, agent=i)
    if frame.payments is not None:
        interim = frame.interim_payments[i]
        entries = [(_range(*interim.shape), interim.positions, ONE), (own, frame.payments[i], -weight)]
        builder.add_rows("link", interim.shape, entries, 0, 0, agent=i)


def _interim_payoff(frame: Frame, i: int, rows: Indices, true: Indices, reported: Indices, sign: int) -> list[Entry]:
    r"""Return the entries of :math:`U_i(b; a)` in rows, by interim quantities where there are any (E3), else by profiles."""
    if frame.interim_allocation:
        block = frame.interim_allocation[i].positions
        entries: list[Entry] = [(rows, block[k][reported], sign * feature.of_type[true]) for k, feature in enumerate(frame.features[i])]
        return [*entries, (rows, frame.interim_payments[i].positions[reported], RationalArray.full((), -sign))]
    weight = frame.weight_at(i)[true]
    at = frame.profiles_at(i)[reported]
    utility = frame.utility_at(i)[true] * weight.reshape(*weight.shape, 1)
    entries = [(rows.reshape(-1, 1, 1), frame.allocation[at], sign * utility)]
    if frame.payments is None:
        return [*entries, (rows, frame.interim_payments[i].positions[reported], -sign * weight.sum(axis=1))]
    return [*entries, (rows.reshape(-1, 1), frame.payments[i][at], -sign * weight)]


def _bayesian_incentive(frame: Frame, builder: BlockBuilder, i: int) -> None:
    # Truth pays on average: no type expects more from another type's report.
    true, reported = frame.pairs(i)
    rows = _range(len(true))
    multiplier = frame.marginal_multiplier(i)
    scale = RationalArray.full((len(true),), 1) if multiplier is None else multiplier[true]
    entries = _interim_payoff(frame, i, rows, true, true, 1) + _interim_payoff(frame, i, rows, true, reported, -1)
    entries += _violation(frame, rows, scale)
    keys = {"true": true, "reported": reported}
    builder.add_rows(
        "incentive", rows.shape, entries, -frame.design.epsilon * scale, agent=i, keys=keys, multiplier=None if multiplier is None else scale
    )


def _ex_post_incentive(frame: Frame, builder: BlockBuilder, i: int) -> None:
    # Truth pays whatever the others report.
    assert frame.payments is not None  # E1 never applies here
    true, reported = frame.pairs(i)
    at = frame.profiles_at(i)
    rows = _range(len(true), at.shape[1])
    utility = frame.utility_at(i)[true]
    entries: list[Entry] = [
        (rows[..., None], frame.allocation[at[true]], utility),
        (rows[..., None], frame.allocation[at[reported]], -utility),
        (rows, frame.payments[i][at[true]], -ONE),
        (rows, frame.payments[i][at[reported]], ONE),
        *_violation(frame, rows, ONE),
    ]
    builder.add_rows("incentive", rows.shape, entries, -frame.design.epsilon, agent=i, keys={"true": true, "reported": reported})


def _violation(frame: Frame, rows: Indices, scale: RationalArray) -> list[Entry]:
    """Return the entries of the incentive violation that is minimised."""
    if frame.question.objective != "epsilon":
        return []
    return [(rows, np.full(rows.shape, frame.scalar, dtype=np.int64), scale)]


def _participation(frame: Frame, builder: BlockBuilder, i: int) -> None:
    kind = frame.design.participation
    if kind == "interim-ir":
        _interim_participation(frame, builder, i)
    elif kind == "ex-post-ir":
        # Nobody regrets having taken part, at any profile.
        assert frame.payments is not None
        at = frame.profiles_at(i)
        entries: list[Entry] = [
            (_range(*at.shape, 1), frame.allocation[at], frame.utility_at(i)),
            (_range(*at.shape), frame.payments[i][at], -ONE),
        ]
        builder.add_rows("participation", at.shape, entries, frame.outside_at(i), agent=i)
    elif kind == "ex-ante-ir":
        _ex_ante_participation(frame, builder, i)


def _interim_participation(frame: Frame, builder: BlockBuilder, i: int) -> None:
    # Every type expects at least what staying out is worth to her.
    types = _range(frame.environment.n_types[i])
    outside = (frame.weight_at(i) * frame.outside_at(i)).sum(axis=1)
    multiplier = frame.marginal_multiplier(i)
    builder.add_rows("participation", types.shape, _interim_payoff(frame, i, types, types, types, 1), outside, agent=i, multiplier=multiplier)


def _ex_ante_participation(frame: Frame, builder: BlockBuilder, i: int) -> None:
    # Before she knows her type, an agent expects at least what staying out is worth.
    probability = frame.probability.reshape(-1, 1)
    entries: list[Entry] = [(_range(1, 1) * 0, frame.allocation, frame.utility_profiles(i) * probability)]
    marginal = frame.environment.marginal(i)
    if frame.payments is None:
        entries.append((_range(1) * 0, frame.interim_payments[i].positions, -marginal))
    else:
        entries.append((_range(1) * 0, frame.payments[i], -frame.probability))
    outside = (frame.at(frame.environment.probability(), i) * frame.outside_at(i)).sum()
    builder.add_rows("participation", (1,), entries, outside, agent=i)


def _budget(frame: Frame, builder: BlockBuilder) -> None:
    # Payments cover the designer's cost, at every profile or in expectation.
    design, n_profiles = frame.design, frame.environment.n_profiles
    if design.budget == "none":
        return
    upper = 0 if design.budget in ("balanced", "expected-balanced") else None
    cost = frame.environment.cost.reshape(1, -1)
    if frame.payments is not None and not design.budget_in_expectation:
        entries: list[Entry] = [(_range(n_profiles, 1), frame.allocation, -cost)]
        entries += [(_range(n_profiles), frame.payments[i], ONE) for i in range(frame.environment.n_agents)]
        builder.add_rows("budget", (n_profiles,), entries, 0, upper)
    else:
        row = _range(1) * 0
        entries = [(row, columns, values) for columns, values in expected_revenue(frame)]
        builder.add_rows("budget", (1,), entries, 0, upper, keys={"expected": True})


def expected_revenue(frame: Frame) -> list[tuple[Indices, RationalArray]]:
    """Return the terms of expected payments less cost, as (columns, coefficients)."""
    environment, probability = frame.environment, frame.probability
    terms: list[tuple[Indices, RationalArray]] = []
    if np.any(environment.cost.numerators):
        terms.append((frame.allocation, -(probability.reshape(-1, 1) * environment.cost.reshape(1, -1))))
    return [*terms, *(expected_payment(frame, i, None) for i in range(environment.n_agents))]


def expected_payment(frame: Frame, i: int, weights: RationalArray | None) -> tuple[Indices, RationalArray]:
    """Return agent `i`'s expected payment, weighted by type if `weights` are given, as (columns, coefficients)."""
    if frame.payments is None:
        marginal = frame.environment.marginal(i)
        return frame.interim_payments[i].positions, marginal if weights is None else marginal * weights
    probability = frame.probability
    return frame.payments[i], probability if weights is None else probability * weights[frame.environment.type_indices(i)]


def _limits(frame: Frame, builder: BlockBuilder) -> None:
    # No agent is ever paid, or charged, more than the design allows.
    for name, limits in (("floor", frame.design.payment_floor), ("cap", frame.design.payment_cap)):
        for i, agent in enumerate(frame.environment.agents):
            if limits is None or agent.name not in limits:
                continue
            assert frame.payments is not None
            sign = 1 if name == "floor" else -1
            entries: list[Entry] = [(_range(frame.environment.n_profiles), frame.payments[i], RationalArray.full((), sign))]
            builder.add_rows(name, (frame.environment.n_profiles,), entries, sign * limits[agent.name], agent=i)


def _own_constraint(frame: Frame, builder: BlockBuilder, constraint: Constraint) -> None:
    # A user's own restriction, by labels.
    entries: list[Entry] = [(_range(1) * 0, *_term(frame, term)) for term in constraint.terms]
    lower = None if constraint.sense == "<=" else constraint.bound
    upper = None if constraint.sense == ">=" else constraint.bound
    builder.add_rows("constraint", (1,), entries, lower, upper, keys={"name": constraint.name})


def _term(frame: Frame, term: Term) -> tuple[Indices, RationalArray]:
    environment = frame.environment
    chosen = np.ones(environment.n_profiles, dtype=np.int64)
    for i, agent in enumerate(environment.agents):
        if agent.name in term.when:
            chosen *= environment.type_indices(i) == agent.types.index(term.when[agent.name])
    weight = RationalArray(chosen) * term.coefficient
    weight = weight * frame.probability if term.expected else weight
    if term.outcome is not None:
        return frame.allocation[:, environment.outcomes.index(term.outcome)], weight
    assert frame.payments is not None
    names = [agent.name for agent in environment.agents]
    return frame.payments[names.index(str(term.payment))], weight


def _worst_case(frame: Frame, builder: BlockBuilder) -> None:
    # At every profile welfare is at least the ratio times the first best.
    environment = frame.environment
    table = surplus(environment).reshape(-1, environment.n_outcomes)
    best = table.max(axis=1)
    counted = np.nonzero(best.numerators > 0)[0].astype(np.int64)
    rows = _range(len(counted))
    ratio = np.full(rows.shape, frame.scalar, dtype=np.int64)
    entries: list[Entry] = [(rows[:, None], frame.allocation[counted], table[counted]), (rows, ratio, -best[counted])]
    builder.add_rows("worst_case", rows.shape, entries, 0, keys={"profile": counted})
