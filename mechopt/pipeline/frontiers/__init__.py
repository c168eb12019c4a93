"""Critical values by exact parametric programs: how far a right-hand side may move, and what each step costs."""
