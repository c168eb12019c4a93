"""Questions about problems: the only room that knows solvers and proofs."""
