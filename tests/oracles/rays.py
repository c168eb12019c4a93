"""Whether a ray proves that there is no bound: slacks are affine in the payments, so those of the mechanism and of the next one tell all others."""

from __future__ import annotations

from typing import Any

from .meaning import Design, Economy, Mechanism, claim, rationals, shape

__all__ = ["claim_ray"]


def claim_ray(economy: Economy, design: Design, mechanism: dict[str, Any], ray: Any) -> None:
    """Claim that payments can be added to an admissible mechanism's any number of times, and that the objective rises each time."""
    shape(ray, [len(economy.profiles), len(economy.agents)], "the ray")
    more, paid = rationals(ray), rationals(mechanism["payments"])
    payments = [[str(a + b) for a, b in zip(*rows, strict=True)] for rows in zip(paid, more, strict=True)]
    before, after = Mechanism(economy, mechanism), Mechanism(economy, mechanism | {"payments": payments})
    for setting in ("incentive", "participation", "budget"):
        if (name := design.asks[setting]) is not None:
            claim(all(b >= a for a, b in zip(before.slacks(name), after.slacks(name), strict=True)), f"some day the ray breaks {name}")
    for row in more:
        for name, extra in zip(economy.agents, row, strict=True):
            claim(name not in design.floor or extra >= 0, f"some day {name} pays too little")
            claim(name not in design.cap or extra <= 0, f"some day {name} pays too much")
    for label, (sense, _, parts) in design.constraints.items():
        rise = after.left_side(parts) - before.left_side(parts)
        claim({"<=": rise <= 0, ">=": rise >= 0, "=": rise == 0}[sense], f"some day the ray breaks {label}")
    claim(design.objective in ("revenue", "payoff", "weighted"), "nothing but money can be without bound")
    claim(after.value(design) > before.value(design), "the objective does not rise")
