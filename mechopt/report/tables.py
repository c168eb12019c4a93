"""What a result, a comparison, a map, a mechanism and a certificate offer as tables: pandas frames, LaTeX, and HTML for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.exact.certificate import Certificate, Tree
from mechopt.files.saved_certificate import certificate_from_dict
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray
from mechopt.report.sheet import Sheet, stacked
from mechopt.report.sheets import checks_sheet, interim_sheet, numbers_sheet, prices_sheet, profiles_sheet
from mechopt.result import Result

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.files.saved_result import SavedResult

__all__ = ["certificate_of", "interim_latex", "mechanism_frame", "result_tables"]


def result_tables(result: Result | SavedResult) -> dict[str, Sheet]:
    """Return the tables of a result by name: numbers, checks, and those of its mechanism and certificate where it has them.

    Returns
    -------
    dict from name to Sheet
        ``"numbers"``, ``"checks"``, ``"interim"`` (a row per agent and type), ``"profiles"`` (a row per profile, for mechanisms that
        have tables), ``"prices"`` (a row per requirement with a price).

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
    mechanism, certificate = result.mechanism, certificate_of(result)
    if mechanism is not None:
        tables["interim"] = _interim(mechanism)
        if not isinstance(mechanism, RulesMechanism):
            tables["profiles"] = profiles_sheet(mechanism)
    if isinstance(certificate, Certificate):
        tables["prices"] = prices_sheet(certificate)
    return tables


def certificate_of(result: Result | SavedResult) -> Certificate | Tree | None:
    """Return the certificate of a result, read back where it comes from a file."""
    certificate = result.certificate
    return certificate_from_dict(certificate, result.problem) if isinstance(certificate, Mapping) else certificate


def _interim(mechanism: AnyMechanism) -> Sheet:
    agents = range(mechanism.environment.n_agents)
    return stacked("What each type expects", [interim_sheet(mechanism, i) for i in agents])


def interim_latex(mechanism: AnyMechanism | None) -> str:
    r"""Return interim allocation, payments and payoffs of every agent as one LaTeX table (booktabs).

    Examples
    --------
    >>> import mechopt as mo
    >>> best = mo.solve(mo.bilateral_trade(mo.uniform(0, 1, 2), mo.uniform(0, 1, 2)))
    >>> print(interim_latex(best.mechanism).splitlines()[2])
    agent & type & probability & seller gets it & buyer gets it & nobody gets it & payment & payoff & outside & rent \\
    """
    return "% no mechanism" if mechanism is None else _interim(mechanism).to_latex()


def mechanism_frame(mechanism: AnyMechanism | None) -> DataFrame:
    """Return a mechanism as a pandas frame; entries are fractions.

    With tables: a row per profile, indexed by the agents' types. Without: a row per agent and type, with what she expects. No mechanism
    is a frame without rows.
    """
    import pandas as pd

    if mechanism is None:
        return pd.DataFrame()
    environment = mechanism.environment
    if isinstance(mechanism, RulesMechanism):
        return _interim(mechanism).to_frame().set_index(["agent", "type"])
    index = pd.MultiIndex.from_product([agent.types for agent in environment.agents], names=[agent.name for agent in environment.agents])
    data = {outcome: _column(mechanism.allocation[..., x]) for x, outcome in enumerate(environment.outcomes)}
    data |= {f"payment of {agent.name}": _column(mechanism.payments[i]) for i, agent in enumerate(environment.agents)}
    return pd.DataFrame(data, index=index)


def _column(table: RationalArray) -> list[Fraction]:
    column: list[Fraction] = table.reshape(-1).fractions()
    return column
