"""Types that move: Markov environments, the dynamic pivot mechanism, its budget, and what else balances."""
