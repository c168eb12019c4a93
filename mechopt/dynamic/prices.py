r"""Prices that bound the surplus, or the welfare, of every stationary mechanism of a dynamic environment.

Let :math:`\lambda_i(\theta \to r) \ge 0` price "agent i of profile θ does not gain by reporting r today", :math:`\mu_i(\theta) \ge 0` price
staying, :math:`\nu_i(a) \ge 0` price joining, and :math:`\beta \ge 0` the budget. Where fees cancel, and what every agent expects from every
profile on cancels, only the policy is left, profile by profile, and its maximum bounds every mechanism:

.. math:: B = c + \sum_s \max_a \Bigl[ w_s \sum_i v_i(s_i, a)
          - \sum_i \sum_{\theta \to s} \lambda_i(\theta \to s_i) \bigl( v_i(\theta_i, a) - v_i(s_i, a) \bigr) \Bigr]

with c = E W and w = 0 for the surplus of efficient mechanisms, a running over efficient actions, and c = 0 and w = (1 + β) times the
discounted number of visits to s for the welfare of mechanisms that balance. With β times the visits alone no mechanism balances if the bound is
negative: β times the surplus of every mechanism is at most that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from mechopt.dynamic.checks import reported_states
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.policy import flows
from mechopt.dynamic.process import discounted_occupation, initial_distribution, policy_matrix
from mechopt.dynamic.program import DynamicProgram, joining_distributions
from mechopt.rational import RationalArray, to_text

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.report.sheet import Sheet

__all__ = ["DynamicCertificate", "certificate_from"]


@dataclass(frozen=True, eq=False)
class DynamicCertificate:
    """Prices and the bound they prove.

    Attributes
    ----------
    environment : DynamicEnvironment
    objective : str
        ``"surplus"`` of efficient mechanisms, ``"welfare"`` of mechanisms that balance, or ``"feasibility"``: a negative bound says
        that none balances.
    bound : Fraction
        In money of period 0.
    incentive : mapping from (agent, state, report) to Fraction
        Positive prices; the state is the true one, the report a type.
    joining : mapping from (agent, type) to Fraction
        Positive prices.
    budget : Fraction
        Zero for the surplus.
    visits : RationalArray, shape (n_states,), or None
        Except for the surplus: how often, discounted, every profile is expected.
    """

    environment: DynamicEnvironment
    objective: str
    bound: Fraction
    incentive: Mapping[tuple[int, int, int], Fraction]
    joining: Mapping[tuple[int, int], Fraction]
    budget: Fraction
    visits: RationalArray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as names and exact strings, as docs/certificates.md says; prices of staying follow from the others."""
        agents = self.environment.agents
        incentive: dict[str, Any] = {agent.name: [] for agent in agents}
        joining: dict[str, Any] = {agent.name: {} for agent in agents}
        for (i, state, report), price in sorted(self.incentive.items()):
            profile = list(self.environment.state_names(state).values())
            incentive[agents[i].name].append([profile, agents[i].types[report], to_text(price)])
        for (i, a), price in sorted(self.joining.items()):
            joining[agents[i].name][agents[i].types[a]] = to_text(price)
        bound, budget = to_text(self.bound), to_text(self.budget)
        visits = None if self.visits is None else self.visits.texts()
        return {"objective": self.objective, "bound": bound, "incentive": incentive, "joining": joining, "budget": budget, "visits": visits}

    def to_frame(self) -> DataFrame:
        """Return the prices as a pandas frame: a row per requirement."""
        return self._sheet().to_frame()

    def to_latex(self) -> str:
        """Return the prices as a LaTeX table (booktabs)."""
        return self._sheet().to_latex()

    def _repr_html_(self) -> str:
        return self._sheet()._repr_html_()

    def _sheet(self) -> Sheet:
        from mechopt.report.dynamic_sheets import dynamic_prices

        return dynamic_prices(self)


def certificate_from(assembled: DynamicProgram, prices: RationalArray, constant: Fraction) -> DynamicCertificate | None:
    """Return the certificate of a program's exact dual point, its bound recomputed from the environment; None if it proves nothing.

    Parameters
    ----------
    assembled : DynamicProgram
    prices : RationalArray, length n_rows
        Derivatives of the maximum in the right-hand sides of the natural rows: negative where a row is a lower limit.
    constant : Fraction
        c of the bound.
    """
    environment = assembled.environment
    incentive: dict[tuple[int, int, int], Fraction] = {}
    joining: dict[tuple[int, int], Fraction] = {}
    for i in range(environment.n_agents):
        rows = assembled.incentive[i]
        for true, report, price in zip(rows.keys["true"].tolist(), rows.keys["report"].tolist(), prices[rows.slice].fractions(), strict=True):
            if price:
                incentive[i, true, report] = -price
        rows = assembled.joining[i]
        joining |= {(i, a): -price for a, price in zip(rows.keys["type"].tolist(), prices[rows.slice].fractions(), strict=True) if price}
    budget = _budget_price(assembled, prices)
    if min([budget, *incentive.values(), *joining.values()]) < 0:
        return None
    visits = None if assembled.objective == "surplus" else discounted_occupation(environment, assembled.kernels)
    bare = DynamicCertificate(environment, assembled.objective, constant, incentive, joining, budget, visits)
    return replace(bare, bound=constant + _policy_bound(bare, assembled)) if _cancels(bare, assembled) else None


def _budget_price(assembled: DynamicProgram, prices: RationalArray) -> Fraction:
    """Return the price of the budget: where the surplus of any mechanism is the objective, it is one."""
    if assembled.budget is not None:
        return -prices[assembled.budget.start].item()
    return Fraction(int(assembled.objective == "feasibility"))


def _cancels(certificate: DynamicCertificate, assembled: DynamicProgram) -> bool:
    """Return whether fees cancel, if people may be asked for them, and payoffs with prices of staying that are not negative."""
    environment = certificate.environment
    weight = Fraction(1) if certificate.objective == "surplus" else certificate.budget
    start = initial_distribution(environment)
    for i in range(environment.n_agents):
        joined = RationalArray.full(environment.n_states, 0)
        for a, chances in joining_distributions(environment, i):
            joined = joined + chances * certificate.joining.get((i, a), Fraction(0))
        paid = sum((price for (j, _), price in certificate.joining.items() if j == i), Fraction(0))
        rest = joined - start * weight + _incentive_weights(certificate, assembled, i)
        if paid > weight or (assembled.fees and paid < weight) or np.any(rest.numerators > 0):
            return False
    return True


def _incentive_weights(certificate: DynamicCertificate, assembled: DynamicProgram, i: int) -> RationalArray:
    """Return the weight of agent i's payoff at every profile in her priced incentive constraints."""
    environment = certificate.environment
    seen_by_report = reported_states(environment, i)
    total = [Fraction(0)] * environment.n_states
    moved: dict[int, list[Fraction]] = {}
    for (j, true, report), price in certificate.incentive.items():
        if j == i:
            seen = int(seen_by_report[report, true])
            through = moved.setdefault(int(assembled.kernels[seen]), [Fraction(0)] * environment.n_states)
            for state, signed in ((true, price), (seen, -price)):
                total[state] += signed
                through[state] += signed
    weights = RationalArray.from_fractions(total)
    for kernel, signed_prices in moved.items():
        matrix = policy_matrix(environment, np.full(environment.n_states, kernel))
        weights = weights - (RationalArray.from_fractions(signed_prices) @ matrix) * environment.discount
    return weights


def _policy_bound(certificate: DynamicCertificate, assembled: DynamicProgram) -> Fraction:
    """Return the sum over profiles of the best that a policy does against the prices."""
    environment = certificate.environment
    gains = RationalArray.full((environment.n_states, environment.n_actions), 0).fractions()
    if certificate.visits is not None:
        weight = certificate.budget + int(certificate.objective == "welfare")
        gains = (flows(environment) * certificate.visits.reshape(-1, 1) * weight).fractions()
    types = np.stack(np.unravel_index(np.arange(environment.n_states), environment.n_types))
    rewards = [agent.reward.fractions() for agent in environment.agents]
    for i in range(environment.n_agents):
        seen_by_report = reported_states(environment, i)
        for (j, true, report), price in certificate.incentive.items():
            if j == i:
                row, own = gains[seen_by_report[report, true]], rewards[i][types[i, true]]
                for k in range(environment.n_actions):
                    row[k] -= price * (own[k] - rewards[i][report][k])
    chosen = (max(gain for gain, usable in zip(*pair, strict=True) if usable) for pair in zip(gains, assembled.allowed.tolist(), strict=True))
    return sum(chosen, Fraction(0))
