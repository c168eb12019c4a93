"""Critical values, sets of property rights and trade-offs, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from rich.table import Table
from rich.text import Text

from mechopt.files.normal_form import normalise
from mechopt.files.result_file import plain
from mechopt.pipeline.frontiers.exchange import TradeOff
from mechopt.pipeline.frontiers.family import Tangent
from mechopt.pipeline.frontiers.paths import CriticalValues
from mechopt.pipeline.frontiers.rights import BestRights, PropertyRights
from mechopt.rational import counted
from mechopt.report.layout import empty_table, rendered
from mechopt.report.numbers import decimal, fraction, shown
from mechopt.result import Number

__all__ = ["frontier_text", "frontier_to_dict"]

Frontier = CriticalValues | PropertyRights | BestRights | TradeOff


def frontier_text(found: Frontier, *, width: int = 100, color: bool = False) -> str:
    """Return a frontier as text: what was found in a sentence, and a table of points. See `mechopt.report.text.text`."""
    return rendered(_parts(found), width=width, color=color)


def _parts(found: Frontier) -> Iterator[Text | Table]:
    if isinstance(found, CriticalValues):
        return _critical(found)
    if isinstance(found, PropertyRights):
        return _rights(found)
    return _best(found) if isinstance(found, BestRights) else _trade_off(found)


def _critical(found: CriticalValues) -> Iterator[Text | Table]:
    if found.low is None or found.high is None:
        yield Text(f"impossible: no {found.parameter} from {found.start} to {found.stop} admits an efficient mechanism, proved", style="bold")
        yield Text(_programs(found.interval.n_programs))
    else:
        low, high = sorted((found.low, found.high))
        within = f"from {_number(low)} to {_number(high)}" if low < high else f"equal to {_number(low)}"
        asked = sorted((found.start, found.stop))
        beyond = [word for word, excluded in (("below", low > asked[0]), ("above", high < asked[1])) if excluded]
        yield Text(f"possible {'exactly ' if beyond else ''}for {found.parameter} {within}", style="bold")
        yield Text(_programs(found.interval.n_programs) + (f"; {' and '.join(beyond)} prices exclude efficiency" if beyond else ""))
    if found.curve:
        yield _points([found.parameter, "largest budget surplus"], [(found.value_at(point.position), point.value) for point in found.curve])
        yield Text("")
        yield Text("Between the lines of the table the surplus is linear. Where it is negative, the least subsidy is what is missing to zero.")


def _rights(found: PropertyRights) -> Iterator[Text | Table]:
    if not found.outer:
        yield Text("impossible: no property rights admit an efficient mechanism, proved", style="bold")
        return
    kind = "exactly the property rights between these" if found.exact else "at least the property rights between these"
    yield Text(f"possible for {kind}", style="bold")
    outside = f"; the prices of {counted(len(found.cuts))} exclude what lies outside" if found.cuts else "; nothing lies outside"
    yield Text(f"{_programs(found.n_programs)}{outside if found.exact else ''}")
    yield _points(list(found.agents), found.inner)
    if not found.exact:
        yield Text("")
        yield Text("Outside these it is impossible, proved; in between it was not decided:")
        yield _points(list(found.agents), found.outer)


def _programs(count: int) -> str:
    return f"{counted(count, 'program')}, solved and proved in fractions"


def _best(found: BestRights) -> Iterator[Text | Table]:
    yield Text(f"no property rights are better than these: value {_number(found.value)}, proved", style="bold")
    yield _points(list(found.agents), [found.shares])


def _trade_off(found: TradeOff) -> Iterator[Text | Table]:
    what = "revenue" if found.kind == "welfare-revenue" else "subsidy"
    yield Text(f"the best welfare for every {what}, with every point where the slope changes, proved", style="bold")
    yield Text(f"first best {_number(found.first_best)}")
    sign = 1 if what == "revenue" else -1
    yield _points([what, "welfare"], [(sign * point.revenue, point.welfare) for point in found.points])


def _points(columns: Sequence[str], rows: Sequence[Sequence[Fraction]]) -> Table:
    headings = [heading for column in columns for heading in (column, "exact")]
    table = empty_table(headings, right=headings)
    for row in rows:
        table.add_row(*(text for value in row for text in (decimal(float(value)), fraction(value))))
    return table


def _number(value: Fraction) -> str:
    return shown(Number.of(value))


def frontier_to_dict(found: Frontier) -> dict[str, Any]:
    """Return a frontier as dictionaries, lists, strings and floats: numbers exact, and the prices that prove them."""
    if isinstance(found, CriticalValues):
        return _critical_to_dict(found)
    if isinstance(found, PropertyRights):
        corners = {name: [[_plain(share) for share in corner] for corner in getattr(found, name)] for name in ("inner", "outer")}
        return {
            "frontier": "property-rights",
            "agents": list(found.agents),
            "exact": found.exact,
            **corners,
            "cuts": [_tangent(cut) for cut in found.cuts],
        }
    if isinstance(found, BestRights):
        shares = {name: _plain(share) for name, share in zip(found.agents, found.shares, strict=True)}
        return {"frontier": "best-property-rights", "shares": shares, "value": _plain(found.value), "certificate": found.certificate.to_dict()}
    points = [
        {"revenue": _plain(point.revenue), "welfare": _plain(point.welfare), "certificate": point.certificate.to_dict()} for point in found.points
    ]
    return {"frontier": found.kind, "first_best": _plain(found.first_best), "points": points}


def _critical_to_dict(found: CriticalValues) -> dict[str, Any]:
    return {
        "frontier": "critical-values",
        "parameter": found.parameter,
        "start": _plain(found.start),
        "stop": _plain(found.stop),
        "low": _plain(found.low),
        "high": _plain(found.high),
        "below": None if found.interval.below is None else _tangent(found.interval.below),
        "above": None if found.interval.above is None else _tangent(found.interval.above),
        "curve": [{"at": _plain(found.value_at(point.position)), "value": _plain(point.value)} for point in found.curve],
        "problems": [normalise(corner) for corner in found.family.corners],
    }


def _tangent(tangent: Tangent) -> dict[str, Any]:
    """Return prices with what they prove at the corners; the bound is linear between."""
    return {"bounds_at_corners": [_plain(bound) for bound in tangent.at_corners], "certificate": tangent.certificate.to_dict()}


def _plain(value: Fraction | None) -> Any:
    return plain(None if value is None else Number.of(value))
