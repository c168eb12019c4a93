"""Requirements that can be had together for a reason that is known: no program has to be solved."""

from __future__ import annotations

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import outside_table, surplus, utility_profiles

__all__ = ["are_compatible"]


def are_compatible(environment: Environment, design: Design) -> bool:
    """Return whether a mechanism that anybody can write down has all that a design requires; False leaves the question open.

    Groves payments where nobody minds the budget, expected externalities where nobody may stay out, what everybody's outside option is
    worth where types are known, or one outcome and fixed payments whatever is reported.

    Parameters
    ----------
    environment : Environment
        Where profiles are too many to be gone through, its tables are too large for this.
    design : Design
        Its allocation is ``"any"`` or ``"efficient"``.

    Returns
    -------
    bool

    Examples
    --------
    Efficient trade is compatible with any two of three requirements, and nobody knows beforehand whether with all of them.

    >>> from dataclasses import replace
    >>> import mechopt as mo
    >>> trade = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
    >>> design = Design(allocation="efficient", incentive="bic", participation="interim-ir", budget="balanced")
    >>> [are_compatible(trade, replace(design, **{key: "none"})) for key in ("budget", "participation", "incentive")]
    [True, True, True]
    >>> are_compatible(trade, design)
    False

    References
    ----------
    .. [1] T. Groves, "Incentives in Teams", Econometrica 41 (1973), 617-631.
    .. [2] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", J. Public Econ. 11 (1979), 25-45.
    """
    if design.constraints or design.payment_floor or design.payment_cap or design.allocation not in ("any", "efficient"):
        return False
    if environment.private_values and design.budget == "none":  # Groves payments, less whatever makes everybody stay
        return True
    bayesian = environment.private_values and environment.independent and design.incentive in ("bic", "none")
    if bayesian and design.participation == "none":  # expected externalities, once everybody bears an equal part of the cost
        return True
    if design.incentive == "none" and _everybody_can_gain(environment):
        return True
    return design.allocation == "any" and (design.participation == "none" or _one_outcome_will_do(environment))


def _everybody_can_gain(environment: Environment) -> bool:
    """Return whether the best outcome is worth as much as all outside options, at every profile: then the rest can be shared."""
    gains = surplus(environment).max(axis=-1)
    for i in range(environment.n_agents):
        gains = gains - outside_table(environment, i)
    return bool(gains.numerators.min() >= 0)


def _one_outcome_will_do(environment: Environment) -> bool:
    """Return whether the most that everybody always pays for some outcome, rather than staying out, covers its cost."""
    left = -environment.cost
    for i in range(environment.n_agents):
        outside = outside_table(environment, i)
        above = utility_profiles(environment, i) - outside.reshape(*outside.shape, 1)
        left = left + above.reshape(-1, environment.n_outcomes).min(axis=0)
    return bool(left.numerators.max() >= 0)
