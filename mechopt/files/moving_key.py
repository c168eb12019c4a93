"""A key that moves on a straight line: the problems at its ends, and whether the program moves with it in proportion."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mechopt.errors import MechoptError
from mechopt.files.normal_form import normalise
from mechopt.files.problem_file import load
from mechopt.files.settings import key_path
from mechopt.pipeline.frontiers.family import mixture
from mechopt.problem import Problem
from mechopt.rational import rational, to_text

__all__ = ["MovingKey", "moving_key"]


@dataclass(frozen=True, eq=False)
class MovingKey:
    """A key, its first and last value, and the problems there."""

    key: str
    start: Fraction
    stop: Fraction
    corners: tuple[Problem, Problem]


def moving_key(source: str | os.PathLike[str], text: str, settings: Sequence[str] = ()) -> MovingKey:
    """Return the path of ``KEY=START:STOP``.

    Raises
    ------
    MechoptError
        If it is not one, or the key changes more than right-hand sides: then values between are not linear.

    Examples
    --------
    >>> moving_key("myerson-satterthwaite-1983/uniform-6", "agents.seller.share=0:1").stop
    Fraction(1, 1)
    """
    key, _, ends = text.partition("=")
    start, colon, stop = ends.partition(":")
    if not key_path(key) or not colon or ":" in stop:
        raise MechoptError(f"vary {text!r}: write KEY=START:STOP, such as agents.seller.share=0:1")
    first, last = rational(start.strip(), f"vary {key}: START"), rational(stop.strip(), f"vary {key}: STOP")
    if first == last:
        raise MechoptError(f"vary {text!r}: START and STOP are the same; nothing moves")
    numbers = (first, (first + last) / 2, last)
    below, middle, above = (load(source, [*settings, f"{key.strip()}={to_text(number)}"]) for number in numbers)
    half = Fraction(1, 2)
    fixed = all(normalise(mixture((corner, corner), (half, half))) == normalise(corner) for corner in (below, above))
    if not fixed or _skeleton(below) != _skeleton(above) or normalise(mixture((below, above), (half, half))) != normalise(middle):
        raise MechoptError(
            f"vary {key.strip()}: this changes more than what staying out is worth, limits on payments, the allowed violation or bounds of "
            "constraints, so critical values are not exact; use `mechopt sweep`"
        )
    return MovingKey(key.strip(), first, last, (below, above))


def _skeleton(problem: Problem) -> object:
    """Return the problem without what may move."""
    normal = normalise(problem)
    agents = [{key: value for key, value in agent.items() if key != "outside"} for agent in normal["agents"]]
    design = {key: value for key, value in normal["design"].items() if key not in ("epsilon", "payment_floor", "payment_cap", "constraints")}
    constraints = [{key: value for key, value in entry.items() if key != "bound"} for entry in normal["design"]["constraints"]]
    limits = [sorted(normal["design"][key] or {}) for key in ("payment_floor", "payment_cap")]
    return normal["environment"], agents, design, constraints, limits, normal.get("prior")
