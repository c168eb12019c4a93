r"""How patient repeated trade must be for the dynamic pivot mechanism to pay for itself: the setting of Yoon (2015).

Every period an action needs all n agents; each agent keeps her type with probability rho and draws it anew from a
common prior otherwise, independently; her worst type has no gains with anybody. The pivot mechanism pays every agent
the whole value W of the relation, so entry fees must raise (n - 1) E W, and each can be asked for what her worst type
expects: nothing until her type changes, W from then on.

.. math:: (n - 1)\,E W \le n\,\frac{\delta (1 - \rho)}{1 - \delta \rho}\,E W

.. [1] K. Yoon, "On Budget Balance of the Dynamic Pivot Mechanism", Games and Economic Behavior 94 (2015), 206-213.
.. [2] D. Bergemann and J. Vaelimaeki, "The Dynamic Pivot Mechanism", Econometrica 78 (2010), 771-789.
"""

from __future__ import annotations

from fractions import Fraction

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import require_count

__all__ = ["critical_discount"]


def critical_discount(retention: Fraction | int, n_agents: int = 2) -> Fraction:
    r"""Return the least discount factor at which entry fees balance the budget of the dynamic pivot mechanism.

    .. math:: \delta^* = \frac{n - 1}{n - \rho}

    Parameters
    ----------
    retention : Fraction
        Probability rho in [0, 1) that an agent keeps her type for another period.
    n_agents : int
        Number of agents n that trade requires, at least 2.

    Returns
    -------
    Fraction
        Discount factor; 1/(2 - rho) in bilateral trade, 1/2 when types are drawn anew every period.

    Raises
    ------
    InvalidEnvironmentError
        If `retention` is outside [0, 1) (types that never change never pay) or there are fewer than two agents.

    Examples
    --------
    >>> critical_discount(0), critical_discount(Fraction(1, 2)), critical_discount(0, n_agents=3)
    (Fraction(1, 2), Fraction(2, 3), Fraction(2, 3))

    References
    ----------
    .. [1] Yoon (2015), Games and Economic Behavior 94, 206-213, inequality (*) applied to this process.
    """
    n = require_count(n_agents, "n_agents", 2)
    if not 0 <= retention < 1:
        raise InvalidEnvironmentError(f"retention is {retention}; it must be at least 0 and less than 1")
    return (n - 1) / (n - Fraction(retention))
