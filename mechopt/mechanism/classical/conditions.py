"""When a mechanism known by name applies: each condition returns the reason why it does not, or None."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from mechopt.environment.environment import Agent, Environment
from mechopt.errors import InvalidEnvironmentError
from mechopt.rational import to_text

__all__ = [
    "Condition",
    "anything",
    "at_least",
    "both",
    "independent_types",
    "is_free",
    "no_cost",
    "no_owner",
    "nonnegative_values",
    "one_object",
    "private_values",
    "property_shares",
    "require",
]

Condition = Callable[[Environment], str | None]


def require(environment: Environment, condition: Condition, name: str, what: str = "mechanism") -> None:
    """Raise unless a mechanism, or a theorem, applies.

    Raises
    ------
    InvalidEnvironmentError
        If it does not; the message says why.
    """
    reason = condition(environment)
    if reason is not None:
        raise InvalidEnvironmentError(f"the {what} {name!r} does not apply: {reason}")


def both(*conditions: Condition) -> Condition:
    """Return the condition that all of several hold; its reason is the first one's that fails."""

    def condition(environment: Environment) -> str | None:
        return next((reason for entry in conditions if (reason := entry(environment)) is not None), None)

    return condition


def anything(environment: Environment) -> None:
    """Return None: every environment will do."""


def private_values(environment: Environment) -> str | None:
    """Require that nobody's utility depends on the others' types."""
    return None if environment.private_values else "utilities depend on the others' types; it needs private values"


def independent_types(environment: Environment) -> str | None:
    """Require independent types."""
    return None if environment.independent else "types are correlated; it needs a prior per agent, not a joint one"


def at_least(n_agents: int) -> Condition:
    """Return the condition that there are so many agents."""

    def condition(environment: Environment) -> str | None:
        n = environment.n_agents
        return None if n >= n_agents else f"the number of agents is {n}; it needs at least {n_agents}"

    return condition


def is_free(environment: Environment) -> bool:
    """Return whether no outcome costs the designer anything."""
    return not np.any(environment.cost.numerators)


def no_cost(environment: Environment) -> str | None:
    """Require that no outcome costs the designer anything."""
    return None if is_free(environment) else f"environment.cost is {environment.cost.texts()}; it needs outcomes without cost"


def one_object(environment: Environment) -> str | None:
    """Require an environment with one object."""
    return None if environment.kind == "object" else f'environment.kind is {environment.kind!r}; it needs "object"'


def nonnegative_values(environment: Environment) -> str | None:
    """Require that nobody dislikes the object."""
    for agent in environment.agents:
        if agent.values is not None and min(agent.values) < 0:
            return f"agents.{agent.name}.values contains {to_text(min(agent.values))}; it needs values that are not negative"
    return None


def no_owner(environment: Environment) -> str | None:
    """Require that staying out is worth nothing to everybody."""
    for agent in environment.agents:
        if np.any(agent.outside.numerators):
            return f"agents.{agent.name}.outside is {agent.outside.texts()}; it needs outside options of 0 (nobody owns anything)"
    return None


def property_shares(environment: Environment) -> list[Fraction] | None:
    r"""Return the property rights :math:`r_i` with :math:`\bar U_i(\theta_i) = r_i v_i`, or None where there are none such.

    An agent who values the object at nothing whatever her type owns no share.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> property_shares(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2)))
    [Fraction(1, 1), Fraction(0, 1)]
    """
    found = [_share(agent) for agent in environment.agents]
    known = [share for share in found if share is not None]
    return known if len(known) == len(found) else None


def _share(agent: Agent) -> Fraction | None:
    if agent.values is None or agent.outside.ndim != 1:
        return None
    pairs = list(zip(agent.outside.fractions(), agent.values, strict=True))
    share: Fraction = next((outside / value for outside, value in pairs if value), Fraction(0))
    return share if all(outside == share * value for outside, value in pairs) else None
