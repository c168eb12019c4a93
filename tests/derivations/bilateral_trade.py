"""Bilateral trade with independent values on finite grids: Myerson and Satterthwaite (1983) and kin.

Route one: virtual values, no linear program. Route two: the full program of `dense.py`, exactly.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

import dense
from problem_file import Problem, grid, load
from reporting import agree, certified, report, verdict
from virtual_values import Cell, buyer_virtual_values, check_monotone, knapsack, seller_virtual_values

PAPER = "myerson-satterthwaite-1983"
ZERO = Fraction(0)


@dataclass(frozen=True)
class Trade:
    """A seller and a buyer: values and priors."""

    costs: list[Fraction]
    cost_prior: list[Fraction]
    values: list[Fraction]
    value_prior: list[Fraction]

    def probability(self, profile: tuple[int, ...]) -> Fraction:
        return self.cost_prior[profile[0]] * self.value_prior[profile[1]]

    def cells(self) -> list[Cell]:
        """Per profile: the expected gain from trade, and buyer's less seller's virtual value."""
        seller = seller_virtual_values(self.costs, self.cost_prior)
        buyer = buyer_virtual_values(self.values, self.value_prior)
        return [
            Cell(
                (s, b),
                self.probability((s, b)) * (self.values[b] - self.costs[s]),
                self.probability((s, b)) * (buyer[b] - seller[s]),
            )
            for s, b in itertools.product(range(len(self.costs)), range(len(self.values)))
        ]

    def surplus(self) -> Fraction:
        """S*: trade wherever there are gains; at a tie only where virtual values allow it."""
        rule = {c.profile: Fraction(int(c.gain > 0 or (c.gain == 0 and c.budget > 0))) for c in self.cells()}
        check_monotone(rule, (-1, 1), self.probability)
        return sum((c.budget * rule[c.profile] for c in self.cells()), ZERO)

    def second_best_gains(self) -> Fraction:
        gains, rule = knapsack(self.cells())
        check_monotone(rule, (-1, 1), self.probability)
        return gains

    def broker(self) -> Fraction:
        """Trade wherever the virtual difference is positive."""
        rule = {c.profile: Fraction(int(c.budget > 0)) for c in self.cells()}
        check_monotone(rule, (-1, 1), self.probability)
        return sum((c.budget * rule[c.profile] for c in self.cells()), ZERO)

    def standard(self) -> dict[str, Fraction]:
        status_quo = sum((f * c for f, c in zip(self.cost_prior, self.costs, strict=True)), ZERO)
        gains = sum((max(c.gain, ZERO) for c in self.cells()), ZERO)
        return {"first_best": status_quo + gains, "status_quo": status_quo, "first_best_gains": gains}


def uniform(points: int, low: Fraction = ZERO, high: Fraction = Fraction(1)) -> tuple[list[Fraction], list[Fraction]]:
    return grid({"distribution": "uniform", "low": low, "high": high, "points": points})


def second_best_answers(trade: Trade, objective: str = "welfare") -> dict[str, Fraction | str]:
    gains, status_quo = trade.second_best_gains(), trade.standard()["status_quo"]
    return {
        "status": "optimal",
        "value": gains if objective == "gains" else gains + status_quo,
        "welfare": gains + status_quo,
        "gains": gains,
    }


def check_programs(problem: Problem, trade: Trade) -> None:
    """The full program, every constraint at every profile, agrees with the virtual values."""
    agree(dense.greatest_surplus(problem), trade.surplus())
    agree(dense.second_best(problem, objective="gains"), trade.second_best_gains())
    if dense.answer(problem) != verdict(trade.surplus()) or dense.standard(problem) != trade.standard():
        raise ValueError(problem.slug)


def expected_externality(problem: Problem) -> None:
    """Check in fractions that truth pays under d'Aspremont and Gérard-Varet's payments.

    Each trader receives what the other expects given her report, and pays for it what she would
    expect given the other's report: the two payments are opposite, so the budget balances.
    """
    choice = {p: problem.efficient(p)[0] for p in problem.profiles}

    def external(agent: int, kind: int) -> Fraction:
        other = 1 - agent
        profiles = [p for p in problem.profiles if p[agent] == kind]
        return sum((problem.marginal(other, p[other]) * problem.utility[other, p, choice[p]] for p in profiles), ZERO)

    for agent in (0, 1):
        for true, lie in itertools.permutations(range(len(problem.types[agent])), 2):
            truth = lied = ZERO
            for other in range(len(problem.types[1 - agent])):
                profile = (true, other) if agent == 0 else (other, true)
                reported = (lie, other) if agent == 0 else (other, lie)
                f = problem.marginal(1 - agent, other)
                truth += f * problem.utility[agent, profile, choice[profile]]
                lied += f * problem.utility[agent, profile, choice[reported]]
            if truth + external(agent, true) < lied + external(agent, lie):
                raise ValueError("a lie pays")


def weighted_value(trade: Trade, seller_weight: Fraction, buyer_weight: Fraction) -> Fraction:
    """Greatest weighted payoff when a unit of money counts more with the seller than with the buyer.

    The buyer keeps only the rents that truth needs; whatever she pays goes to the seller, as long as
    that covers his rents: a knapsack whose gains count the buyer's payment with the seller's weight.
    """
    buyer = buyer_virtual_values(trade.values, trade.value_prior)
    cells = [
        Cell(
            c.profile,
            trade.probability(c.profile)
            * (seller_weight * (buyer[c.profile[1]] - trade.costs[c.profile[0]]) + buyer_weight * (trade.values[c.profile[1]] - buyer[c.profile[1]])),
            c.budget,
        )
        for c in trade.cells()
    ]
    value, rule = knapsack(cells)
    check_monotone(rule, (-1, 1), trade.probability)
    return seller_weight * trade.standard()["status_quo"] + value


def main() -> None:
    for k in (5, 6, 20):
        problem, trade = load(f"{PAPER}/uniform-{k}"), Trade(*uniform(k), *uniform(k))
        surplus = agree(trade.surplus(), Fraction((k - 1) * (5 - k), 6 * k * k))
        if k < 20:
            check_programs(problem, trade)
        report(
            problem.slug,
            certify=certified(verdict(surplus), trade.standard(), surplus),
            solve=second_best_answers(trade),
        )
    agree(Trade(*uniform(6), *uniform(6)).second_best_gains(), Fraction(25, 162))

    quarter, two = Fraction(1, 4), Fraction(2)
    beta = grid({"distribution": "beta", "a": 2, "b": 2, "points": 10})
    for name, trade, objective in [
        ("buyer-shifted", Trade(*uniform(6), *uniform(6, quarter, 1 + quarter)), "gains"),
        ("buyer-wider", Trade(*uniform(8), *uniform(8, ZERO, two)), "welfare"),
        ("beta", Trade(*beta, *beta), "welfare"),
    ]:
        problem, surplus = load(f"{PAPER}/{name}"), trade.surplus()
        check_programs(problem, trade)
        report(
            problem.slug,
            certify=certified(verdict(surplus), trade.standard(), surplus),
            solve=second_best_answers(trade, objective),
        )

    ten, six = Trade(*uniform(10), *uniform(10)), Trade(*uniform(6), *uniform(6))
    problem = load(f"{PAPER}/broker")
    profit = agree(ten.broker(), dense.second_best(problem))
    report(
        problem.slug,
        certify=certified(verdict(ten.surplus()), ten.standard(), ten.surplus()),
        solve={"status": "optimal", "value": profit, "revenue": profit},
    )

    problem = load(f"{PAPER}/efficient-infeasible")
    if dense.least_violation(problem, efficient=True) == 0 or six.surplus() >= 0:
        raise ValueError("it is feasible")
    report(
        problem.slug,
        certify=certified("impossible", six.standard(), six.surplus()),
        solve={"status": "infeasible"},
    )
    problem = load(f"{PAPER}/least-epsilon")
    report(
        problem.slug,
        certify=certified(dense.answer(problem), six.standard(), six.surplus()),
        solve={"status": "optimal", "value": dense.second_best(problem), "welfare": six.standard()["first_best"]},
    )
    problem = load(f"{PAPER}/approximate-incentives")
    gains = dense.second_best(problem)
    report(
        problem.slug,
        certify=certified(dense.answer(problem), six.standard(), dense.greatest_surplus(problem)),
        solve={"status": "optimal", "value": gains, "gains": gains, "welfare": gains + six.standard()["status_quo"]},
    )

    problem = load("dworczak-kominers-akbarpour-2021/poor-sellers")
    value = agree(weighted_value(six, Fraction(2), Fraction(1)), dense.second_best(problem))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), six.standard(), six.surplus()),
        solve={"status": "optimal", "value": value},
    )

    first_best, gains = six.standard()["first_best"], six.standard()["first_best_gains"]
    best: dict[str, Fraction | str] = {"status": "optimal", "value": first_best, "welfare": first_best, "gains": gains}
    problem = load("daspremont-gerard-varet-1979/no-participation")
    expected_externality(problem)
    report(problem.slug, certify=certified(dense.answer(problem), six.standard()), solve=best)
    problem = load("daspremont-gerard-varet-1979/ex-ante-participation")
    expected_externality(problem)
    report(
        problem.slug,
        solve=best,
        certify=certified(dense.answer(problem), six.standard(), agree(gains, dense.greatest_surplus(problem))),
    )


if __name__ == "__main__":
    main()
