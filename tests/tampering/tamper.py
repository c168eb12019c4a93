"""One random change of a result: of what it claims, of the problem it is about, or of the form of the file.

CLAIM          the result says something else
WITHDRAWAL     the result says less
PROBLEM        the same claims, and the right digest, about another problem
FORM           something that is no number, name, list or object where there was one
PRESENTATION   other words for the same claims: the result stays true
"""

from __future__ import annotations

import random

from tests.tampering import claims, others
from tests.tampering.places import CHANGES, CLAIM, FORM, KINDS, PRESENTATION, PROBLEM, WITHDRAWAL, Json, NotApplicableError, copied, same

# The modules `claims` and `others` add their changes to CHANGES where they are imported.
__all__ = ["CHANGES", "CLAIM", "FORM", "KINDS", "PRESENTATION", "PROBLEM", "WITHDRAWAL", "claims", "others", "tamper"]
HOW_OFTEN = (8, 1, 5, 5, 1)


def tamper(result: Json, rng: random.Random, kind: str | None = None) -> tuple[str, str, Json]:
    """Return the kind and the name of a random change, and a changed copy; `kind` restricts the choice."""
    while True:
        chosen = kind or rng.choices(KINDS, HOW_OFTEN)[0]
        name = rng.choice(list(CHANGES[chosen]))
        changed = copied(result)
        try:
            CHANGES[chosen][name](changed, rng)
        except NotApplicableError:
            continue
        if not same(changed, result):
            return chosen, name, changed
