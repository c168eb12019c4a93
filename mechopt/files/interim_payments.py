"""Interim payments in a saved result: as numbers, or, where these are long, by the lies that leave types indifferent.

Among a thousand agents the chance to win has thousands of digits, and so has every payment. But a payment of an optimum mostly follows from
another one: where the constraint between two types binds, it is the other's plus what the chances differ by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from mechopt.environment.rule import has_rules, worth
from mechopt.errors import ProblemFileError, nearest
from mechopt.files.fields import exact_number
from mechopt.mechanism.rules import RulesMechanism
from mechopt.rational import RationalArray, integers

__all__ = ["payments_from_list", "payments_to_list"]

# Payments over a common denominator of so many bits are numbers that people still read.
_SHORT = 256


def payments_to_list(mechanism: RulesMechanism, i: int) -> list[Any]:
    """Return agent `i`'s interim payments as a result has them: rationals, and ``{"as": type}`` where they are long and one follows from another.

    Examples
    --------
    >>> import mechopt as mo
    >>> trade = mo.bilateral_trade(mo.uniform(0, 1, 2), mo.uniform(0, 1, 2))
    >>> payments_to_list(mo.solve(trade, method="columns").mechanism, 1)
    ['-1/16', '5/16']
    """
    payments = mechanism.payments_given_type[i]
    if payments.denominator.bit_length() <= _SHORT or not has_rules(mechanism.environment):
        written: list[Any] = payments.texts()
        return written
    types = mechanism.environment.agents[i].types
    followed = _followed(mechanism, i)
    stated = [a for a in range(len(types)) if a not in followed]
    texts = dict(zip(stated, payments[stated].texts(), strict=True))
    return [{"as": types[followed[a]]} if a in followed else texts[a] for a in range(len(types))]


def _followed(mechanism: RulesMechanism, i: int) -> dict[int, int]:
    """Return the neighbouring type whose report a type is indifferent to, for as many types as payments can follow from."""
    values, chances = worth(mechanism.environment, i), mechanism.own[i]
    order = sorted(range(values.size), key=values.numerators.tolist().__getitem__)
    values, chances, payments = values[order], chances[order], mechanism.payments_given_type[i][order]
    more, paid = chances[1:] - chances[:-1], payments[1:] - payments[:-1]
    downward, upward = ((paid - own * more).numerators == 0 for own in (values[1:], values[:-1]))
    found, last = {}, len(order) - 1
    a = 0
    while a <= last:
        while a < last and upward[a]:
            found[order[a]] = order[a + 1]
            a += 1
        a += 1  # the payment of the type before is a number
        while a <= last and downward[a - 1]:
            found[order[a]] = order[a - 1]
            a += 1
    return found


def payments_from_list(mechanism: RulesMechanism, i: int, row: Sequence[Any], where: str) -> RationalArray:
    """Return agent `i`'s interim payments from what `payments_to_list` made; those of the mechanism itself play no part.

    Raises
    ------
    ProblemFileError
        If an entry is neither a rational nor the name of a type, or payments follow from each other in a circle.
    """
    types = mechanism.environment.agents[i].types
    places = {name: a for a, name in enumerate(types)}
    lies = {a: _type(entry, places, where) for a, entry in enumerate(row) if isinstance(entry, Mapping)}
    stated = {a: exact_number(entry, where) for a, entry in enumerate(row) if a not in lies}
    if not lies:
        return RationalArray.from_fractions([stated[a] for a in range(len(row))])
    steps = _steps(mechanism, i, list(lies), list(lies.values()))
    denominator = math.lcm(steps.denominator, *{number.denominator for number in stated.values()})
    step = dict(zip(lies, steps.over(denominator).tolist(), strict=True))
    paid = {a: number.numerator * (denominator // number.denominator) for a, number in stated.items()}
    for a in lies:
        path = [a]
        while path[-1] not in paid:
            path.append(lies[path[-1]])
            if path[-1] in path[:-1]:
                raise ProblemFileError(f"{where}: the payment of type {types[a]!r} follows from itself; state one in the circle as a rational")
        for true, reported in reversed(list(pairwise(path))):
            paid[true] = paid[reported] + step[true]
    numerators = np.array([paid[a] for a in range(len(row))], dtype=object)
    return RationalArray(integers(numerators), denominator).reduced()


def _type(entry: Mapping[str, Any], places: Mapping[str, int], where: str) -> int:
    name = entry.get("as")
    if set(entry) != {"as"} or not isinstance(name, str) or name not in places:
        raise ProblemFileError(f'{where}: write a rational or {{"as": type}}, with one of her types; {nearest(str(name), places)}')
    return places[name]


def _steps(mechanism: RulesMechanism, i: int, true: list[int], reported: list[int]) -> RationalArray:
    """Return how much more of the allocation, in money, types get from the truth than from a report."""
    if has_rules(mechanism.environment):
        return worth(mechanism.environment, i)[true] * (mechanism.own[i][true] - mechanism.own[i][reported])
    given = mechanism.interim_allocation(i)
    return (mechanism.environment.utility(i)[true] * (given[true] - given[reported])).sum(axis=1)
