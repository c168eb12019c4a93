"""What a result, a comparison, a map, a mechanism and a certificate offer as tables: pandas frames, LaTeX, and HTML for notebooks."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.prices import DynamicCertificate
from mechopt.exact.certificate import Certificate
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray
from mechopt.report.dynamic_sheets import dynamic_interim, dynamic_prices, dynamic_profiles
from mechopt.report.sentences import together
from mechopt.report.sheet import Sheet, stacked
from mechopt.report.sheets import MOST_OUTCOMES, checks_sheet, interim_sheet, numbers_sheet, prices_sheet, profiles_sheet

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.report.sentences import AnyResult

__all__ = ["answer_latex", "interim_latex", "mechanism_frame", "result_tables"]


def result_tables(result: AnyResult) -> dict[str, Sheet]:
    """Return the tables of a result by name: numbers, checks, and those of its mechanism and certificate where it has them.

    Returns
    -------
    dict from name to Sheet
        ``"numbers"``, ``"checks"``, ``"interim"`` (a row per agent and type), ``"profiles"`` (a row per profile, for mechanisms that
        have tables), ``"prices"`` (a row per requirement with a price). Where types
        move, ``"interim"`` is what each type expects in period 0.

    Examples
    --------
    >>> import mechopt as mo
    >>> tables = result_tables(mo.solve(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)), objective="gains"))
    >>> list(tables)
    ['numbers', 'checks', 'interim', 'profiles', 'prices']
    >>> tables["prices"].to_frame().query("agent == 'buyer' and requirement == 'interim-ir'")[["type", "price"]].values.tolist()
    [['1/12', Fraction(1, 3)]]
    """
    tables = {"numbers": numbers_sheet(result), "checks": checks_sheet(result)}
    mechanism = result.mechanism
    if mechanism is not None:
        tables["interim"] = _interim(mechanism)
    if isinstance(mechanism, StationaryMechanism):
        tables["profiles"] = dynamic_profiles(mechanism)
    elif isinstance(mechanism, Mechanism):
        tables["profiles"] = profiles_sheet(mechanism)
    certificate = result.certificate
    if isinstance(certificate, DynamicCertificate):
        tables["prices"] = dynamic_prices(certificate)
    elif isinstance(certificate, Certificate):
        tables["prices"] = prices_sheet(certificate)
    return tables


def answer_latex(result: AnyResult) -> str:
    r"""Return an answer for a paper: its numbers, its properties, what each type expects, and the proof, as LaTeX tables (booktabs).

    Examples
    --------
    >>> import mechopt as mo
    >>> tables = answer_latex(mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))))
    >>> [line for line in tables.splitlines() if line.startswith("%")]
    ['% Numbers', '% Proof: the prices of the requirements, and the bound']
    """
    named = {name: sheet for name, sheet in result_tables(result).items() if sheet.rows}
    if result.mechanism is not None:
        named["interim"] = _interim_for_paper(result.mechanism)
    shown = [f"% {named[name].title}\n{named[name].to_latex()}\n" for name in ("numbers", "checks", "interim") if name in named]
    certificate = result.certificate
    if "prices" in named and isinstance(certificate, (Certificate, DynamicCertificate)):
        shown.append(f"% Proof: the prices of the requirements, and the bound\n{certificate.to_latex()}\n")
    return "\n".join(shown)


def _interim(mechanism: AnyMechanism | StationaryMechanism) -> Sheet:
    if isinstance(mechanism, StationaryMechanism):
        return dynamic_interim(mechanism)
    agents = range(mechanism.environment.n_agents)
    return stacked("What each type expects", [interim_sheet(mechanism, i) for i in agents])


def _interim_for_paper(mechanism: AnyMechanism | StationaryMechanism) -> Sheet:
    """Return the same for a page's width: agents who are treated alike once, and among many only whether she gets it."""
    if isinstance(mechanism, StationaryMechanism):
        return dynamic_interim(mechanism)
    names = [agent.name for agent in mechanism.environment.agents]
    sheets = [interim_sheet(mechanism, members[0], MOST_OUTCOMES) for members in mechanism.groups]
    rows = [(together([names[i] for i in members]), *row[1:]) for members, sheet in zip(mechanism.groups, sheets, strict=True) for row in sheet.rows]
    return Sheet("What each type expects", sheets[0].columns, tuple(rows))


def interim_latex(mechanism: AnyMechanism | StationaryMechanism | None) -> str:
    r"""Return interim allocation, payments and payoffs as one LaTeX table (booktabs), of agents who are treated alike once.

    Examples
    --------
    >>> import mechopt as mo
    >>> best = mo.solve(mo.single_item_auction([mo.two_types(1, 3)]), objective="revenue", budget="none")
    >>> print(interim_latex(best.mechanism).splitlines()[5])
    bidder 1 & 3 & $\frac{1}{2}$ & $1$ & $0$ & $3$ & $0$ & $0$ & $0$ \\
    """
    return "% no mechanism" if mechanism is None else _interim_for_paper(mechanism).to_latex()


def mechanism_frame(mechanism: AnyMechanism | StationaryMechanism | None) -> DataFrame:
    """Return a mechanism as a pandas frame; entries are fractions.

    With tables, and where types move: a row per profile, indexed by the agents' types. Without: a row per agent and type, with what she
    expects. No mechanism is a frame without rows.
    """
    import pandas as pd

    if mechanism is None:
        return pd.DataFrame()
    if isinstance(mechanism, RulesMechanism):
        return _interim(mechanism).to_frame().set_index(["agent", "type"])
    columns: dict[str, list[Fraction]]
    if isinstance(mechanism, StationaryMechanism):
        members = [(agent.name, agent.types) for agent in mechanism.environment.agents]
        columns = {name: _column(mechanism.policy[:, k]) for k, name in enumerate(mechanism.environment.actions)}
    else:
        members = [(agent.name, agent.types) for agent in mechanism.environment.agents]
        columns = {name: _column(mechanism.allocation[..., x]) for x, name in enumerate(mechanism.environment.outcomes)}
    index = pd.MultiIndex.from_product([types for _, types in members], names=[name for name, _ in members])
    columns |= {f"payment of {name}": _column(mechanism.payments[i]) for i, (name, _) in enumerate(members)}
    return pd.DataFrame(columns, index=index)


def _column(table: RationalArray) -> list[Fraction]:
    column: list[Fraction] = table.reshape(-1).fractions()
    return column
