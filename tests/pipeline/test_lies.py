"""Asking for incentive constraints as they are violated has the optimum of the whole program, exactly."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import mechopt as mo
from mechopt.exact.checker.claims import check_result
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline import lies
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.questions import problem_of
from mechopt.pipeline.solve import solve_problem
from mechopt.program.frame import Question
from mechopt.rational import RationalArray

DESIGNS = [
    {"objective": "revenue", "budget": "none"},
    {"objective": "payoff", "budget": "no-deficit", "epsilon": "1/50"},
    {"objective": "revenue", "budget": "no-deficit", "payment_cap": {"agent 1": "3/4"}},
]


def without_order(agents: int, types: int) -> mo.Environment:
    """Return agents who value three outcomes beside the first at random."""
    draw = random.Random(agents)
    values = {f"agent {i + 1}": [[0, *(Fraction(draw.randint(0, 20), 20) for _ in range(3))] for _ in range(types)] for i in range(agents)}
    return mo.table(values, ["none", "small", "middle", "large"], cost=[0, "1/8", "1/4", "1/2"])


def correlated() -> mo.Environment:
    """Return an object for two agents whose types go together."""
    joint = [[Fraction(1 + 3 * (a == b), 40) for b in range(5)] for a in range(5)]
    return mo.object_environment({name: mo.uniform(0, 1, 5) for name in ("agent 1", "agent 2")}, {"agent 1": 1}, joint=joint)


def interdependent() -> mo.Environment:
    """Return an object that is worth to each agent her own signal and a part of the other's."""
    worth = [[[a + Fraction(b, 2), 0, 0] for b in range(5)] for a in range(5)]
    other = [[[0, b + Fraction(a, 3), 0] for b in range(5)] for a in range(5)]
    return mo.interdependent({"agent 1": worth, "agent 2": other}, ["agent 1", "agent 2", "nobody"])


ENVIRONMENTS = {
    "one agent": without_order(1, 14),
    "two agents": without_order(2, 5),
    "correlated types": correlated(),
    "interdependent values": interdependent(),
}


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: str(design["objective"]))
@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_optimum_is_exactly_that_of_the_whole_program(
    environment: mo.Environment, design: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lies, "_FEWEST", 0)
    problem = problem_of(environment, design)
    grown, whole = solve_problem(problem, Settings()), solve_problem(problem, Settings(sift=False))
    assert grown.proof.grade == whole.proof.grade == "optimal"
    assert grown.value == whole.value
    assert grown.statistics["rows"] < whole.statistics["rows"]
    assert any(line.startswith("proof: optimal") for line in check_result(json.loads(json.dumps(grown.to_dict()))))


def test_two_goods_are_sold_as_a_bundle_where_few_comparisons_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # Values 1 or 2 for each good with odds 1/2: the bundle for 3 is bought by three types of four, and no menu earns more than 9/4.
    monkeypatch.setattr(lies, "_FEWEST", 0)
    buyer = mo.multi_item_auction({"buyer": [[1, 1], [1, 2], [2, 1], [2, 2]]})
    result = solve_problem(problem_of(buyer, {"objective": "revenue", "budget": "none"}), Settings())
    assert result.value is not None
    assert result.value.exact == Fraction(9, 4)
    assert "rounds" in result.statistics["backend"]


def test_a_lie_that_gains_exactly_is_asked_for_once() -> None:
    environment = mo.table({"ann": [[0, 1], [0, 2]]}, ["no", "yes"])
    design = problem_of(environment, {"objective": "revenue", "budget": "none"}).design
    nothing = np.zeros(0, dtype=np.int64)
    question = Question("revenue", lies=((nothing, nothing),))
    # Both get the project; who values it more pays 10^-30 for it, the other nothing.
    allocation, payments = RationalArray.of([[0, 1], [0, 1]]), RationalArray.of([["0", "1/1000000000000000000000000000000"]])
    cheated = Mechanism(environment, allocation, payments)
    grown = lies.missed_lies(cheated, design, question)
    assert grown is not None
    assert grown.lies is not None
    assert [part.tolist() for part in grown.lies[0]] == [[1], [0]]
    assert lies.missed_lies(cheated, design, grown) is None
    assert lies.missed_lies(cheated, design, Question("revenue")) is None
    honest = Mechanism(environment, allocation, RationalArray.of([[0, 0]]))
    assert lies.missed_lies(honest, design, question) is None
