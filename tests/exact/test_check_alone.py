"""The checker in one file: copied elsewhere it runs alone, it knows the definitions, and it says what it leaves to `mechopt verify`."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.exact import check
from tests.exact.checking.definitions import Definitions
from tests.exact.checking.drawn import fractions_summing_to_one, nest, random_certificate, random_problem, rational
from tests.exact.checking.economies import economy, number, person
from tests.exact.checking.results import RESULTS, changed_result, monopoly
from tests.tampering.results import RESULTS as ANSWERS

F = Fraction


def run(folder: Path, text: str) -> tuple[int, list[str]]:
    """Copy the file alone into a folder and run it there on a result, isolated from everything but the standard library."""
    alone, path = folder / "check.py", folder / "result.json"
    shutil.copy(check.__file__, alone)
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-S", str(alone), str(path)], capture_output=True, text=True, check=False, cwd=folder)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("problem", ["myerson-satterthwaite-1983/uniform-5", "myerson-satterthwaite-1983/uniform-6", "matsuo-1989/impossible"])
def test_a_copy_of_the_file_alone_proves_an_answer(tmp_path: Path, problem: str) -> None:
    """The knife edge of docs/model.md: five points a side are possible with surplus exactly 0, six impossible with -5/216."""
    status, lines = run(tmp_path, json.dumps(mo.certify(mo.load(problem)).to_dict()))
    surplus = {"uniform-5": "0", "uniform-6": "-5/216", "impossible": "-3/16"}[problem.split("/")[1]]
    assert status == 0
    assert f"budget_surplus: {surplus}" in lines
    assert lines[-1] == ("proof: possible, optimal" if surplus == "0" else "proof: impossible, optimal")


def test_a_false_claim_is_named(tmp_path: Path) -> None:
    assert run(tmp_path, json.dumps(changed_result("monopoly", {"mechanism.payments.1.0": "4"}))) == (
        1,
        ["false: mechanism: it violates 'bic'"],
    )


@pytest.mark.parametrize(
    "text", ["", "[1]", "{}", '"result"', "[" * 100_000, json.dumps(monopoly()).replace('"3/2"', '"1/0"')], ids=lambda text: text[:9]
)
def test_what_is_not_a_result_ends_in_one_line_and_status_2(tmp_path: Path, text: str) -> None:
    status, lines = run(tmp_path, text)
    assert (status, len(lines)) == (2, 1)
    if text == "{}":
        assert lines == ["not checked: it is not in the form of docs/certificates.md: KeyError('format')"]


@pytest.mark.parametrize(("arguments", "why"), [([], "usage: python check.py RESULT.json"), (["nowhere"], "No such file or directory: 'nowhere'")])
def test_where_there_is_no_file_it_says_so(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(arguments) == 2
    assert capsys.readouterr().out.endswith(f"{why}\n")


@pytest.mark.parametrize(("name", "left"), [("tree", "only prices"), ("unbounded", "'unbounded' is not read")])
def test_what_it_leaves_to_verify_is_not_called_false(name: str, left: str) -> None:
    with pytest.raises(check.UnreadError, match=left):
        check.check_result(ANSWERS[name]())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "best", "certificate": None, "proof": {"grade": "none", "bound": None, "gap": None}}, "best"),
        ({"version": 2}, "version"),
        ({"question": "guess"}, "guess"),
        ({"problem.agents.0.types": "ab"}, "different names"),
        ({"certificate": None, "proof": {"grade": "feasible", "bound": number(F(0)), "gap": None}}, r"proof\.bound: it is None"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_words_and_bounds_that_nothing_supports_are_not_accepted(changes: dict[str, Any], why: str) -> None:
    with pytest.raises((check.FalseClaimError, check.UnreadError, KeyError), match=why):
        check.check_result(changed_result("monopoly", changes))


def test_a_worst_case_has_no_price_where_the_first_best_is_negative() -> None:
    """Welfare >= r FB is a requirement on the worst case for FB > 0 only: priced at ann1, where FB = -1, it would refute what is feasible."""
    ann = person("ann", [F(1, 2)] * 2, utility=[[2, 0], [0, 0]], outside=[0, 0])
    problem = economy("table", [ann], [1, 1], objective="worst-case", incentive="none", participation="none")
    term = {"outcome": "outcome 0", "coefficient": "1", "when": {"ann": "ann0"}, "expected": False}
    problem["design"]["constraints"] = [{"name": "half", "sense": "<=", "bound": "1/2", "terms": [term]}]
    prices = {"worst_case": {"ann0": "1", "ann1": "1"}, "constraints": {"half": "-2"}}
    with pytest.raises(check.FalseClaimError, match="not positive has no price"):
        check.check_certificate(problem, {"objective": "feasibility", "efficient": False, "bound": "-1", **prices}, efficient_allowed=False)


def test_dominance_is_not_shown_where_values_are_interdependent() -> None:
    problem = economy("interdependent", [person("ann", [1], utility=[[1]], outside=[0])], [0], incentive="dsic")
    with pytest.raises(check.UnreadError, match="its design or both together"):
        check.Problem(problem)


def test_a_violation_is_not_sought_where_one_is_given() -> None:
    problem = economy("object", [person("bidder", [1], values=[1], outside=[0])], [0, 0], objective="epsilon", epsilon="1")
    with pytest.raises(check.UnreadError, match="given and sought"):
        check.Problem(problem)


def test_the_largest_surplus_is_optimal_only_with_its_own_proof() -> None:
    subsidy = ANSWERS["impossible by a subsidy"]()
    subsidy["proof"] |= {"grade": "optimal", "bound": subsidy["budget_surplus"], "gap": "0"}
    with pytest.raises(check.FalseClaimError, match="'impossible' is not shown to be 'optimal'"):
        check.check_result(subsidy)
    surplus = ANSWERS["impossible by the surplus"]()
    surplus["proof"]["surplus"]["mechanism"] = {"form": "rules"}
    assert check.check_result(surplus)[-1] == "proof: impossible, but mechanisms by rules are NOT CHECKED"


def test_rules_that_nobody_read_do_not_make_possible_what_the_prices_refute() -> None:
    changes = {"answer": "possible", "mechanism": {"form": "rules"}, "proof.grade": "feasible"}
    with pytest.raises(check.FalseClaimError, match="'possible' is not shown"):
        check.check_result(changed_result("impossible trade", changes))


def test_efficient_is_a_truth_value_and_no_number_that_makes_sums_inexact() -> None:
    """With the float 1.0 in place of true, ranks of 10^16 and one half more would be the same."""
    large = 10**16
    agents = [person("ann", [1], values=[large + 1], outside=[0]), person("bob", [1], values=[F(1, 2)], outside=[F(3, 4)])]
    problem = economy("object", agents, [large, 0, 0], budget="no-deficit")
    data = {"objective": "surplus", "bound": "-1/4", "participation": {"ann": {"ann0": "1"}, "bob": {"bob0": "1"}}}
    with pytest.raises(check.FalseClaimError, match="nobody asked for"):
        check.check_certificate(problem, data | {"efficient": 1.0}, efficient_allowed=True)
    with pytest.raises(check.FalseClaimError, match="prove 1/4"):
        check.check_certificate(problem, data | {"efficient": True}, efficient_allowed=True)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("possible trade", {"proof.surplus.mechanism": {"form": "rules"}, "mechanism.payments.2": ["-9", "9"]}, "violates 'bic'"),
        ("monopoly", {"mechanism": {"form": "rules"}, "proof.bound": number(F(7))}, r"proof\.bound: it is 3/2"),
    ],
)
def test_rules_hide_no_other_claim(name: str, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(check.FalseClaimError, match=why):
        check.check_result(changed_result(name, changes))


def test_a_table_shows_what_it_shows_beside_rules() -> None:
    lines = check.check_result(changed_result("possible trade", {"proof.surplus.mechanism": {"form": "rules"}}))
    assert lines[-1] == "proof: possible, but mechanisms by rules are NOT CHECKED"


@pytest.mark.parametrize("empty", [0, "", [], {}, False, {"float": 999.0, "exact": None}])
def test_what_is_no_number_is_not_read_as_one(empty: Any) -> None:
    with pytest.raises(check.UNREAD):
        check.check_result(changed_result("monopoly", {"value": empty}))


@pytest.mark.parametrize(
    "changes", [*({key: empty} for key in ("payment_cap", "weights", "constraints") for empty in (0, "", False)), {"collusion": 1}]
)
def test_what_a_design_cannot_ask_for_is_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(check.UnreadError, match="nobody knows"):
        check.Problem(economy("object", [person("bidder", [1], values=[1], outside=[0])], [0, 0], **changes))


def test_an_economy_that_says_more_than_it_can_is_not_read() -> None:
    with pytest.raises(check.UnreadError, match="nobody knows"):
        check.check_result(changed_result("monopoly", {"problem.environment.discount": "1/2"}))


def test_without_weights_everybody_counts_once() -> None:
    problem = economy("table", [person("ann", [1], utility=[[3]], outside=[0])], [0], objective="weighted", weights=None)
    assert check.Mechanism(check.Problem(problem), {"form": "table", "allocation": [["1"]], "payments": [["1"]]}).value("weighted") == 2


def test_a_certificate_about_the_surplus_counts_without_a_mechanism_that_attains_it() -> None:
    nothing = {"certificate": {"objective": "surplus", "efficient": True, "bound": "-1000"}, "mechanism": None}
    with pytest.raises(check.FalseClaimError, match=r"certificate\.bound|money does not cancel"):
        check.check_result(changed_result("possible trade", {"proof.surplus": nothing, "proof.grade": "feasible", "proof.gap": None}))


@pytest.mark.parametrize("objective", ["weighted", "worst-case"])
def test_an_objective_plays_no_part_where_it_is_asked_whether_there_is_a_mechanism(objective: str) -> None:
    """Where no first best is positive there is no worst case, and no weights are given."""
    problem = economy("table", [person("ann", [1], utility=[[0]], outside=[0])], [0], objective=objective)
    table = {"form": "table", "allocation": [["1"]], "payments": [["0"]]}
    found = changed_result("possible trade", {"problem": problem, "mechanism": table, "proof": {"grade": "feasible", "bound": None, "gap": None}})
    nothing = dict.fromkeys(("welfare", "gains", "revenue"), number(F(0))) | {"budget_surplus": None}
    assert check.check_result(found | nothing)[-1] == "proof: possible, feasible"


def test_a_key_that_stands_twice_is_not_read(tmp_path: Path) -> None:
    text = json.dumps(monopoly()).replace('"status": "optimal"', '"status": "infeasible", "status": "optimal"')
    assert run(tmp_path, text) == (2, ["not checked: a key stands twice in an object"])


def test_a_single_bidder_whose_losing_has_a_price() -> None:
    """Worth 1, and "nobody" with a chance of at least 1/2: at price 3 for it, 1 q + 3 (1 - q - 1/2) is largest, 3/2, where nobody has it."""
    problem = economy("object", [person("bidder", [1], values=[1], outside=[0])], [0, 0], incentive="none", participation="none")
    term = {"outcome": "nobody", "coefficient": "1", "when": {}, "expected": False}
    problem["design"]["constraints"] = [{"name": "half", "sense": ">=", "bound": "1/2", "terms": [term]}]
    data = {"objective": "welfare", "efficient": False, "bound": "3/2", "constraints": {"half": "3"}}
    assert check.check_certificate(problem, data, efficient_allowed=False) == F(3, 2)


@pytest.mark.parametrize("name", RESULTS)
def test_results_made_by_hand_are_proved(name: str) -> None:
    assert check.check_result(RESULTS[name])[-1].startswith("proof: ")


def test_what_it_prints_is_what_was_shown() -> None:
    assert check.check_result(RESULTS["monopoly"]) == [
        "digest: it is the problem's",
        "mechanism: admissible",
        "value: 3/2",
        "welfare: 3/2",
        "gains: 3/2",
        "revenue: 3/2",
        "certificate: valid for the objective 'revenue', with bound 3/2",
        "proof: optimal, optimal",
    ]
    assert "mechanism: admissible, and efficient" in check.check_result(RESULTS["possible trade"])


def test_a_number_may_have_all_digits_a_sign_and_a_denominator() -> None:
    assert check.rational("-1023456789/4") == F(-1023456789, 4)


@pytest.mark.parametrize("seed", range(20))
def test_a_bound_is_the_maximum_of_the_objective_plus_prices_times_requirements(seed: int) -> None:
    rng = random.Random(seed)
    # Payments make money that cancels too rare; incentive prices that are the same both ways always cancel.
    alone = {"objective": "welfare", "incentive": "bic", "payment_floor": None, "payment_cap": None, "constraints": []}
    problem = random_problem(rng, **(alone if seed % 3 else {}))
    data = random_certificate(rng, problem, money=seed % 3 == 0)
    bound, money = Definitions(problem).bound(data)
    if not any(any(row) for row in money.values()):
        assert check.check_certificate(problem, data | {"bound": str(bound)}, efficient_allowed=False) == bound
        data = data | {"bound": str(bound - F(1, 10**30))}
    with pytest.raises(check.FalseClaimError, match=r"money does not cancel|certificate\.bound"):
        check.check_certificate(problem, data, efficient_allowed=False)


@pytest.mark.parametrize("kind", ["object", "public-good"])
@pytest.mark.parametrize("seed", range(12))
def test_sorting_and_convolution_agree_with_the_definitions(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    agents = []
    for i in range(rng.randint(1, 3)):
        m = rng.randint(1, 2)
        prior = [F(1)] + [F(0)] * (m - 1) if rng.random() < 0.3 else fractions_summing_to_one(rng, m)
        agents.append(person(f"agent{i}", prior, values=[rng.choice([0, 1, 1, 2]) for _ in range(m)], outside=nest(rng, m)))
    problem = economy(
        kind, agents, [rng.choice([0, 1]) for _ in range(len(agents) + 1 if kind == "object" else 2)], objective="welfare", incentive="bic"
    )
    problem["design"]["allocation"] = rng.choice(["any", "efficient"])
    data = random_certificate(rng, problem, money=False)
    bound, _ = Definitions(problem).bound(data)
    assert check.check_certificate(problem, data | {"bound": str(bound)}, efficient_allowed=False) == bound


@pytest.mark.parametrize("seed", range(12))
def test_slacks_and_objectives_are_those_of_the_definitions(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    definitions = Definitions(problem)
    phi = {theta: fractions_summing_to_one(rng, len(definitions.outcomes)) for theta in definitions.profiles}
    t = {theta: [rational(rng) for _ in definitions.agents] for theta in definitions.profiles}
    tables = {key: [[str(q) for q in table[theta]] for theta in definitions.profiles] for key, table in (("allocation", phi), ("payments", t))}
    found = check.Mechanism(check.Problem(problem | {"design": problem["design"] | {"epsilon": "0"}}), {"form": "table", **tables})
    for name, margin in definitions.margins(phi, t).items():
        if name != "deterministic":
            assert min(found.slack(name), F(0)) == min(margin, F(0))
    (quota,) = problem["design"]["constraints"]
    more = definitions.left_side(quota, phi, t) - F(quota["bound"])
    assert found.slack("constraints") == {">=": more, "<=": -more, "=": -abs(more)}[quota["sense"]]
    for objective in ("welfare", "gains", "revenue", "payoff", "weighted"):
        assert found.value(objective) == definitions.objective(objective, phi, t)


@pytest.mark.parametrize(
    "name", ["myerson-1981/thirty-bidders", "cramton-gibbons-klemperer-1987/forty-partners", "mailath-postlewaite-1990/twelve-agents"]
)
def test_prices_prove_their_bound_where_nobody_could_go_through_the_profiles(name: str) -> None:
    result: dict[str, Any] = mo.solve(mo.load(name)).to_dict()
    bound = check.check_certificate(result["problem"], result["certificate"], efficient_allowed=False)
    assert str(bound) == result["proof"]["bound"]["exact"]
    false = result["certificate"] | {"bound": str(bound - F(1, 10**30))}
    with pytest.raises(check.FalseClaimError, match="which is not what is stated"):
        check.check_certificate(result["problem"], false, efficient_allowed=False)
