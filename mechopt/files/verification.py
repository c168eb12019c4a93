"""The checker that fits a saved result: of types that stay, or of types that move."""

from __future__ import annotations

from typing import Any

from mechopt.dynamic import check as dynamic_check
from mechopt.exact.check import FalseClaimError, NotAResultError
from mechopt.exact.check import check_result as check_static
from mechopt.files.dynamic_economy import is_dynamic

__all__ = ["check_any"]


def check_any(document: dict[str, Any]) -> list[str]:
    """Verify every claim of a saved result, whatever the kind of its environment.

    Returns
    -------
    list of str
        The claims that were verified, a line each.

    Raises
    ------
    FalseClaimError
        If a claim is false; the message names the first one. `NotAResultError` if the result cannot be read.
    """
    problem = document.get("problem")
    if not isinstance(problem, dict) or not is_dynamic(problem):
        return check_static(document)
    try:
        return dynamic_check.check_result(document)
    except dynamic_check.NotAResultError as error:
        raise NotAResultError(str(error)) from error
    except dynamic_check.FalseClaimError as error:
        raise FalseClaimError(str(error)) from error
