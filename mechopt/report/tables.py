"""A mechanism as tables for papers and notebooks: LaTeX and pandas frames."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray
from mechopt.report.explain import latex_name, latex_number

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["interim_latex", "interim_rows", "mechanism_frame"]


def interim_rows(mechanism: AnyMechanism, i: int) -> list[dict[str, Any]]:
    """Return what each type of agent `i` expects: a row per type, with probabilities of outcomes, payment and payoff.

    Types without probability in a joint prior expect nothing and are left out.
    """
    environment = mechanism.environment
    agent = environment.agents[i]
    tables = [mechanism.interim_payments(i), mechanism.interim_payoffs(i)]
    allocation = mechanism.interim_allocation(i)
    rows = []
    for a, name in enumerate(agent.types):
        unit = Fraction(1) if environment.independent else agent.prior[a]
        if not unit:
            continue
        chances = allocation[a]
        row: dict[str, Any] = {"agent": agent.name, "type": name, "probability": agent.prior[a]}
        row |= {outcome: chances[x].item() / unit for x, outcome in enumerate(environment.outcomes)}
        rows.append(row | {"payment": tables[0][a].item() / unit, "payoff": tables[1][a].item() / unit})
    return rows


def interim_latex(result: Any) -> str:
    r"""Return interim allocation, payments and payoffs of every agent as one LaTeX table (booktabs).

    Examples
    --------
    >>> import mechopt as mo
    >>> print(interim_latex(mo.solve(mo.bilateral_trade(mo.uniform(0, 1, 2), mo.uniform(0, 1, 2)))).splitlines()[2])
    agent & type & probability & seller & buyer & nobody & payment & payoff \\
    """
    if result.mechanism is None:
        return "% no mechanism"
    mechanism: AnyMechanism = result.mechanism
    rows = [row for i in range(mechanism.environment.n_agents) for row in interim_rows(mechanism, i)]
    header = list(rows[0])
    lines = [rf"\begin{{tabular}}{{ll{'r' * (len(header) - 2)}}}", r"\toprule", " & ".join(map(latex_name, header)) + r" \\", r"\midrule"]
    for row in rows:
        cells = [latex_number(value) if isinstance(value, Fraction) else latex_name(value) for value in row.values()]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def mechanism_frame(result: Any) -> DataFrame:
    """Return the mechanism as a pandas frame; entries are fractions.

    With tables: a row per profile, indexed by the agents' types. Without: a row per agent and type, with what she expects.
    """
    import pandas as pd

    mechanism: AnyMechanism = result.mechanism
    environment = mechanism.environment
    if isinstance(mechanism, RulesMechanism):
        rows = [row for i in range(environment.n_agents) for row in interim_rows(mechanism, i)]
        return pd.DataFrame(rows).set_index(["agent", "type"])
    index = pd.MultiIndex.from_product([agent.types for agent in environment.agents], names=[agent.name for agent in environment.agents])
    data = {outcome: _column(mechanism.allocation[..., x]) for x, outcome in enumerate(environment.outcomes)}
    data |= {f"payment of {agent.name}": _column(mechanism.payments[i]) for i, agent in enumerate(environment.agents)}
    return pd.DataFrame(data, index=index)


def _column(table: RationalArray) -> list[Fraction]:
    column: list[Fraction] = table.reshape(-1).fractions()
    return column
