"""The prices of a certificate as people read them: a row per type, with virtual values and the lies that bind."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.rational import RationalArray
from mechopt.report.numbers import brief
from mechopt.report.sentences import together
from mechopt.report.sheet import Cell, Sheet

__all__ = ["arcs", "participation_price", "price_sheets", "unpriced", "virtual_values"]

_MOST_LIES = 3


def price_sheets(certificate: Certificate) -> list[Sheet]:
    """Return the prices as tables: one for each kind of agents whose requirements have a price, a row per type.

    Examples
    --------
    >>> import mechopt as mo
    >>> auction = mo.single_item_auction([mo.uniform(0, 1, 3)] * 3)
    >>> [sheet.title for sheet in price_sheets(mo.solve(auction, objective="revenue", budget="none").certificate)]
    ['bidder 1, bidder 2, bidder 3']
    """
    kinds: dict[Sheet, list[int]] = {}
    for members in certificate.groups:
        if _has_prices(certificate, members[0]):
            kinds.setdefault(_sheet(certificate, members[0]), []).extend(members)
    names = [agent.name for agent in certificate.environment.agents]
    return [replace(sheet, title=together([names[i] for i in sorted(members)])) for sheet, members in kinds.items()]


def unpriced(certificate: Certificate) -> list[str]:
    """Return the names of the agents of whose requirements none has a price."""
    found = [i for members in certificate.groups if not _has_prices(certificate, members[0]) for i in members]
    return [certificate.environment.agents[i].name for i in sorted(found)]


def _has_prices(certificate: Certificate, i: int) -> bool:
    tables = [certificate.incentive[i].prices] if certificate.incentive else []
    tables += [certificate.participation[i]] if certificate.participation else []
    return any(np.any(table.numerators) for table in tables)


def _sheet(certificate: Certificate, i: int) -> Sheet:
    agent, virtual = certificate.environment.agents[i], virtual_values(certificate, i)
    prices = certificate.participation[i] if certificate.participation else None
    columns = ["type", "probability", *(["participation price"] if prices is not None else [])]
    columns += ["value", "virtual value"] if virtual is not None else []
    rows = []
    for a, name in enumerate(agent.types):
        row: list[Cell] = [name, agent.prior[a]]
        row += [participation_price(prices, a)] if prices is not None else []
        row += [(agent.values or ())[a], virtual[a]] if virtual is not None else []
        rows.append((*row, _binding_lies(certificate, i, a)))
    return Sheet("", (*columns, "incentive prices"), tuple(rows))


def _binding_lies(certificate: Certificate, i: int, a: int) -> str:
    """Return the lies of type `a` of agent `i` that carry a price, in words."""
    told = [f"{brief(price)} not to report {name}" for name, price in arcs(certificate, i, a)]
    return "; ".join(told[:_MOST_LIES]) + ("; …" if len(told) > _MOST_LIES else "")


def arcs(certificate: Certificate, i: int, a: int) -> list[tuple[str, Fraction]]:
    """Return the reports that type `a` of agent `i` must not prefer at a price, with the price, added up over profiles."""
    if not certificate.incentive:
        return []
    pairs, types = certificate.incentive[i], certificate.environment.agents[i].types
    binding = [k for k in np.nonzero(pairs.true == a)[0].tolist() if np.any(pairs.prices[k].numerators)]
    return [(types[int(pairs.reported[k])], _row_total(pairs, k)) for k in binding]


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
