"""Dynamic environments that tests share, and the same environments for the dense implementation, entry by entry."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from random import Random

from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.rational import RationalArray
from tests.derivations.dynamic_types import Markov


def chances(random: Random, n: int, least: int = 0) -> list[Fraction]:
    """Return a random probability vector with small denominators."""
    weights = [random.randint(least, 4) for _ in range(n)]
    weights[random.randrange(n)] += 1
    return [Fraction(weight, sum(weights)) for weight in weights]


def random_environment(seed: int, *, sizes: tuple[int, ...] = (2, 3), per_action: bool = False, least: int = 0) -> DynamicEnvironment:
    """Return an environment with an action nobody needs, and one that needs everybody; rewards, moves and beginnings are random."""
    random = Random(seed)
    actions = ("wait", "help", "act")
    agents = []
    for i, n in enumerate(sizes):
        reward = [[0, *(random.randint(-3, 4) for _ in actions[1:])] for _ in range(n)]
        moves = [[chances(random, n, least) for _ in range(n)] for _ in (actions if per_action else actions[:1])]
        agents.append(
            DynamicAgent(
                f"agent {i}", tuple(f"type {a}" for a in range(n)), RationalArray.of(reward), tuple(chances(random, n, 1)), RationalArray.of(moves)
            )
        )
    requires = {"act": tuple(agent.name for agent in agents), "help": (agents[0].name,)}
    return DynamicEnvironment(tuple(agents), actions, Fraction(random.randint(1, 9), 10), requires)


def dense(environment: DynamicEnvironment) -> Markov:
    """Return the environment as square tables of fractions."""
    profiles = list(itertools.product(*(range(n) for n in environment.n_types)))
    start = (
        environment.initial.reshape(-1).fractions()
        if environment.initial is not None
        else [math.prod((agent.initial[a] for agent, a in zip(environment.agents, s, strict=True)), start=Fraction(1)) for s in profiles]
    )
    names = [agent.name for agent in environment.agents]
    requires = [{names.index(name) for name in environment.requires.get(action, ())} for action in environment.actions]
    moves = []
    for k in range(environment.n_actions):
        if environment.transition is not None:
            moves.append(environment.transition[k if environment.transition.shape[0] > 1 else 0].fractions())
            continue
        tables = [agent.transition for agent in environment.agents]
        own = [table[k if table.shape[0] > 1 else 0].fractions() for table in tables if table is not None]
        moves.append([[math.prod((p[a][b] for p, a, b in zip(own, s, t, strict=True)), start=Fraction(1)) for t in profiles] for s in profiles])
    rewards = [agent.reward.fractions() for agent in environment.agents]
    return Markov(list(environment.n_types), environment.n_actions, requires, rewards, moves, start, environment.discount)
