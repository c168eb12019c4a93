"""A worker that dies. It imports nothing, for every process of a pool imports this module."""

from __future__ import annotations

import os
import signal


def die_at_a_point(asked, settings):
    """Answer, or be killed as by the kernel where memory runs out."""
    if settings == ["agents.seller.share=1/2"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"answer": settings[0]}
