"""Names and numbers for LaTeX."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["latex_decimal", "latex_fraction", "latex_name", "latex_number", "latex_text"]


def latex_name(name: str) -> str:
    """Return a type's or agent's name for LaTeX, a fraction as one."""
    numerator, slash, denominator = name.partition("/")
    if slash and numerator.lstrip("-").isdigit() and denominator.isdigit():
        return latex_number(Fraction(int(numerator), int(denominator)))
    return latex_text(name)


def latex_number(value: Fraction) -> str:
    """Return a rational for LaTeX."""
    return f"${latex_fraction(value)}$"


def latex_fraction(value: Fraction) -> str:
    """Return a rational for LaTeX, to be put into a formula."""
    sign = "-" if value < 0 else ""
    whole = abs(value)
    return f"{sign}{whole}" if whole.denominator == 1 else rf"{sign}\frac{{{whole.numerator}}}{{{whole.denominator}}}"


def latex_decimal(value: str) -> str:
    r"""Return a decimal number for LaTeX, whose minus is a minus and whose exponent is one.

    Examples
    --------
    >>> latex_decimal("-0.25"), latex_decimal("1.5e-07")
    ('$-0.25$', '$1.5 \\cdot 10^{-7}$')
    """
    mantissa, _, exponent = value.partition("e")
    return rf"${mantissa} \cdot 10^{{{int(exponent)}}}$" if exponent else f"${mantissa}$"


_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def latex_text(text: str) -> str:
    r"""Return a text with what LaTeX would read as a command escaped.

    Examples
    --------
    >>> latex_text("50 % of A&B")
    '50 \\% of A\\&B'
    """
    return "".join(_ESCAPES.get(character, character) for character in text)
