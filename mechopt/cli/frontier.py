"""The command for critical values: frontier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mechopt.cli.completing import complete_problem, setting_option
from mechopt.cli.screen import deliver
from mechopt.cli.source import asking
from mechopt.errors import DesignError

if TYPE_CHECKING:
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.pipeline.answer import Settings
    from mechopt.problem import Problem

__all__ = ["frontier"]

_STAYING = (
    'environment.kind is "dynamic", where nobody has shares or outside options that could move; ask for --trade-off here, `certify` for all critical '
    "discount factors, or `sweep` with --vary"
)


@click.command(short_help="Critical property rights, subsidies and trade-offs, exact.")
@click.argument("problem", shell_complete=complete_problem)
@click.option("--share", "agent", metavar="AGENT", help="Between which shares of this agent efficiency is possible; the others own the rest equally.")
@click.option("--vary", metavar="KEY=START:STOP", help="The same for another key on the right-hand side, such as agents.buyer.outside=0:1.")
@click.option("--subsidy", is_flag=True, help="With --share or --vary: the largest surplus, or least subsidy, along the way.")
@click.option("--rights", is_flag=True, help="All property rights of two or three agents that admit efficiency.")
@click.option("--best-rights", type=click.Choice(["certify", "solve"]), help="Property rights with the largest surplus, or the best objective.")
@click.option("--trade-off", type=click.Choice(["welfare-revenue", "welfare-subsidy"]), help="What welfare costs in money.")
@setting_option
@click.option("--json", "as_json", is_flag=True, help="Print the result with its prices as JSON, and nothing else.")
@click.option("-o", "--output", metavar="FILE", help="Save the result as JSON.")
@click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver.")
def frontier(problem: str, settings: tuple[str, ...], as_json: bool, output: str | None, backend: str, **asked: Any) -> None:
    """Find exact critical values by parametric programming: no grid, no bisection, every end proved.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Choose one of --share, --vary, --rights, --best-rights, --trade-off.
    """
    from mechopt.files.output import check_writable
    from mechopt.files.problem_file import load_any, locate
    from mechopt.pipeline.answer import Settings
    from mechopt.report.frontiers import frontier_text, frontier_to_dict

    chosen = [name for name in ("agent", "vary", "rights", "best_rights", "trade_off") if asked[name]]
    if len(chosen) != 1:
        raise click.UsageError("choose one of --share, --vary, --rights, --best-rights and --trade-off")
    if asked["subsidy"] and chosen[0] not in ("agent", "vary"):
        raise click.UsageError("--subsidy needs --share or --vary: it is the curve along which they move")
    if output is not None:
        check_writable(output, locate(problem))
    loaded = load_any(problem, settings)
    with asking(problem) as progress:
        found = _answer(loaded, problem, settings, Settings(backend, progress=progress), asked)
    deliver(problem, lambda: frontier_to_dict(found), partial(frontier_text, found), as_json=as_json, output=output)


def _answer(problem: Problem | DynamicProblem, label: str, given: tuple[str, ...], settings: Settings, asked: dict[str, Any]) -> Any:
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.pipeline.frontiers.paths import critical_share, critical_values
    from mechopt.pipeline.frontiers.rights import best_property_rights, property_rights
    from mechopt.pipeline.frontiers.trade_off import trade_off

    if asked["trade_off"]:
        return trade_off(problem, asked["trade_off"], settings=settings)
    if isinstance(problem, DynamicProblem):
        raise DesignError(_STAYING)
    if asked["agent"]:
        return critical_share(problem, asked["agent"], settings=settings, curve=asked["subsidy"])
    if asked["vary"]:
        from mechopt.files.moving_key import moving_key

        moved = moving_key(label, asked["vary"], given)
        return critical_values(moved.corners, moved.key, moved.start, moved.stop, settings=settings, curve=asked["subsidy"])
    if asked["rights"]:
        return property_rights(problem, settings=settings)
    return best_property_rights(problem, efficient=asked["best_rights"] == "certify", settings=settings)
