r"""Bilateral trade with two types a side, where efficient trade may be possible: Matsuo (1989).

Costs and values interlace, c_L < v_L < c_H < v_H, so that three of the four pairs should trade. With a gap between
types the rents are smaller than in the continuum, and may leave enough.

.. [1] T. Matsuo, "On Incentive Compatible, Individually Rational, and Ex Post Efficient Mechanisms for Bilateral
   Trading", Journal of Economic Theory 49 (1989), 189-194.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import require_between

__all__ = ["TwoTypes"]


@dataclass(frozen=True)
class TwoTypes:
    r"""Two costs, two values, and the probability of the eager type of each side.

    Parameters
    ----------
    low_cost, high_cost : Fraction
        The seller's costs c_L and c_H, in money.
    low_value, high_value : Fraction
        The buyer's values v_L and v_H, in money; c_L < v_L < c_H < v_H.
    low_cost_probability : Fraction
        Probability a of the cost c_L.
    high_value_probability : Fraction
        Probability b of the value v_H.

    Raises
    ------
    InvalidEnvironmentError
        If the four numbers do not interlace or a probability is outside [0, 1].

    Examples
    --------
    >>> trade = TwoTypes(Fraction(0), Fraction(2), Fraction(1), Fraction(3), Fraction(1, 2), Fraction(1, 2))
    >>> trade.first_best_gains(), trade.budget_surplus(), trade.efficient_trade_possible()
    (Fraction(5, 4), Fraction(1, 4), True)
    """

    low_cost: Fraction
    high_cost: Fraction
    low_value: Fraction
    high_value: Fraction
    low_cost_probability: Fraction
    high_value_probability: Fraction

    def __post_init__(self) -> None:
        """Refuse types that do not interlace and probabilities that are none."""
        if not self.low_cost < self.low_value < self.high_cost < self.high_value:
            raise InvalidEnvironmentError(
                f"costs {self.low_cost}, {self.high_cost} and values {self.low_value}, {self.high_value} must "
                "interlace: low cost < low value < high cost < high value"
            )
        require_between(self.low_cost_probability, "low_cost_probability", 0, 1)
        require_between(self.high_value_probability, "high_value_probability", 0, 1)

    def first_best_gains(self) -> Fraction:
        r"""Return the expected gains of trading at the three pairs with value above cost.

        .. math:: a b (v_H - c_L) + a (1 - b) (v_L - c_L) + (1 - a) b (v_H - c_H)

        Returns
        -------
        Fraction
            Expected gains, in money.

        Examples
        --------
        >>> TwoTypes(*map(Fraction, (0, 3, 1, 4)), Fraction(1, 2), Fraction(1, 2)).first_best_gains()
        Fraction(3, 2)
        """
        a, b = Fraction(self.low_cost_probability), Fraction(self.high_value_probability)
        return (
            a * b * (self.high_value - self.low_cost)
            + a * (1 - b) * (self.low_value - self.low_cost)
            + (1 - a) * b * (self.high_value - self.high_cost)
        )

    def budget_surplus(self) -> Fraction:
        r"""Return the largest expected budget surplus of efficient, incentive compatible, voluntary trade.

        .. math:: S^* = a v_L + b (1 - a) v_H - b c_H - a (1 - b) c_L

        The eager types keep the rents a (v_H - v_L) and b (c_H - c_L), the others nothing.

        Returns
        -------
        Fraction
            Expected surplus, in money.

        Examples
        --------
        A knife edge, and an impossibility:

        >>> half = Fraction(1, 2)
        >>> str(TwoTypes(*map(Fraction, (0, 3, 1, 4)), half, half).budget_surplus())
        '0'
        >>> str(TwoTypes(*map(Fraction, (0, 9, 1, 10)), half, half).budget_surplus())
        '-3/2'

        References
        ----------
        .. [1] Matsuo (1989), Journal of Economic Theory 49, 189-194.
        """
        a, b = Fraction(self.low_cost_probability), Fraction(self.high_value_probability)
        return a * self.low_value + b * (1 - a) * self.high_value - b * self.high_cost - a * (1 - b) * self.low_cost

    def efficient_trade_possible(self) -> bool:
        r"""Return whether efficient trade can be incentive compatible, voluntary and balanced.

        .. math:: a v_L + b (1 - a) v_H \ge b c_H + a (1 - b) c_L

        Returns
        -------
        bool
            True if the largest budget surplus is not negative.

        Examples
        --------
        >>> TwoTypes(*map(Fraction, (0, 3, 1, 4)), Fraction(1, 2), Fraction(1, 2)).efficient_trade_possible()
        True

        References
        ----------
        .. [1] Matsuo (1989), Journal of Economic Theory 49, 189-194.
        """
        return self.budget_surplus() >= 0
