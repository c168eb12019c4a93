"""The float program of rules and expected payoffs: a column per rule, a row per inequality on what an agent must expect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.program.oracles import Prices
from mechopt.program.ordered import OrderedProgram
from mechopt.program.rents import Anchors, least_payoffs
from mechopt.solvers.growing import FAR, GrowingProgram, Optimum
from mechopt.solvers.master import Point, Scaled, price_of_money

__all__ = ["RentMaster"]

Floats = NDArray[np.float64]
_VIOLATED = 1e-12


class RentMaster(Scaled):
    r"""Weights w of rules and expected payoffs Z under participation and budget; incentives are in the `Anchors` that are found to bind.

    .. math::

        \max \sum_r w_r \sum_k g_k q_{rk} + \sum_i h_i Z_i, \quad \sum_r w_r = 1, \quad
        \sum_r w_r S_r - \sum_i Z_i \{\ge, =\} C, \quad Z_i \ge \sum_k f_k o_{a(k)} + \sum_r w_r R_{ar}

    For programs in which payoffs count alike (`mechopt.program.interim.payoffs_count_alike`).

    Parameters
    ----------
    program : OrderedProgram
    """

    def __init__(self, program: OrderedProgram) -> None:
        super().__init__(program)
        self.anchors: list[Anchors] = []
        self._known: set[tuple[int, bytes]] = set()
        self._forms: list[Floats] = []
        self._rows: list[int] = []
        self._chances: list[Floats] = []
        self._weighs = [self.weights[part].sum() * self.copies[part.start] for part in program.parts]
        self.width = len(program.agents) if program.design.participation != "none" else 0
        far = np.full(self.width, FAR)
        self.solver = GrowingProgram(np.array(self._weighs[: self.width]), -far, far)
        self._add_row(np.zeros(self.width), 1.0, 1.0)
        if self.width and program.budget != "none":
            copies = self.copies[[part.start for part in program.parts]]
            fixed = float(program.fixed_cost) / self.unit
            self._add_row(-copies, fixed, fixed if program.budget == "=" else np.inf)
        self._n_fixed = self.solver.n_rows
        if self.width and not self._has_paths:
            for i, part in enumerate(program.parts):
                self._add_anchors(Anchors(i, np.arange(part.stop - part.start)))

    @property
    def _has_paths(self) -> bool:
        """Whether incentives and participation together bind; otherwise an agent expects what she has outside."""
        return self.program.incentives and self.program.design.participation == "interim-ir"

    def _add_row(self, row: Floats, lower: float, upper: float) -> None:
        self.solver.add_rows(sparse.csr_array(row.reshape(1, -1)), np.array([lower]), np.array([upper]))

    def _add_anchors(self, anchors: Anchors) -> bool:
        """Add an inequality on an agent's expected payoff; False if it is there already."""
        if anchors.key in self._known:
            return False
        self._known.add(anchors.key)
        part = self.program.parts[anchors.agent]
        form = self._form(anchors)
        row = np.zeros(self.solver.n_columns)
        row[anchors.agent] = 1.0
        row[self.width :] = [-float(form @ chances[part]) for chances in self._chances]
        self._rows.append(self.solver.n_rows)
        self._add_row(row, float(self.oracle.prior[part] @ self.outside[part][anchors.positions]), np.inf)
        self.anchors.append(anchors)
        self._forms.append(form)
        return True

    def _form(self, anchors: Anchors) -> Floats:
        """Return what the agent's interim probabilities weigh in an inequality, in scaled money."""
        prior = self.oracle.prior[self.program.parts[anchors.agent]]
        up, down = anchors.flows(prior)
        steps = self._own(self.steps, anchors.agent) if self.program.incentives else np.zeros(len(prior) - 1)
        return np.append(steps * up, 0.0) - np.insert(steps * down, 0, 0.0)

    def _own(self, row: Floats, i: int) -> Floats:
        """Return an agent's part of numbers by pairs of neighbours."""
        part = self.program.parts[i]
        return row[part.start - i : part.stop - i - 1]

    def add_rule(self, chances: Floats) -> None:
        """Add the column of a rule with given interim probabilities."""
        counted = self.copies * chances
        entries = np.zeros(self.solver.n_rows)
        entries[0] = 1.0
        if self._n_fixed > 1:
            entries[1] = counted @ self.oracle.surplus / self.unit
        for row, anchors, form in zip(self._rows, self.anchors, self._forms, strict=True):
            entries[row] = -(form @ chances[self.program.parts[anchors.agent]])
        self._chances.append(chances)
        matrix = sparse.csc_array(entries.reshape(-1, 1))
        self.solver.add_columns(np.array([self.gains @ counted]), np.zeros(1), np.full(1, np.inf), matrix)
        if len(self._chances) == 1:
            self._tighten(chances, np.full(self.width, -np.inf))

    def tightened(self, optimum: Optimum) -> bool:
        """Add the inequalities that an optimum violates, and return whether there are new ones."""
        return self._tighten(self._mixture(optimum), optimum.x[: self.width])

    def _tighten(self, chances: Floats, expected: Floats) -> bool:
        if not self._has_paths or not self.width:
            return False
        new = False
        for i, part in enumerate(self.program.parts):
            payoffs, positions = least_payoffs(self._own(self.steps, i), chances[part], self.outside[part])
            if self.oracle.prior[part] @ payoffs > expected[i] + _VIOLATED:
                new |= self._add_anchors(Anchors(i, positions))
        return new

    def rule_weights(self, optimum: Optimum) -> Floats:
        """Return the weights of the rules."""
        return np.maximum(optimum.x[self.width :], 0.0)

    def _mixture(self, optimum: Optimum) -> Floats:
        weights = self.rule_weights(optimum)
        played = np.flatnonzero(weights)
        return np.asarray(weights[played] @ np.stack([self._chances[k] for k in played]))

    def _prices_of_anchors(self, optimum: Optimum) -> Floats:
        """Return the price of every inequality, per agent of a group."""
        copies = self.copies[[self.program.parts[anchors.agent].start for anchors in self.anchors]]
        return np.maximum(-optimum.prices[self._rows], 0.0) / copies

    def binding(self, optimum: Optimum) -> list[Anchors]:
        """Return the inequalities that have a price at an optimum."""
        return [anchors for price, anchors in zip(self._prices_of_anchors(optimum), self.anchors, strict=True) if price]

    def prices(self, optimum: Optimum) -> Prices:
        """Return the prices of an optimum, wrong signs cut off."""
        up, down = np.zeros(len(self.program.pairs)), np.zeros(len(self.program.pairs))
        if self._has_paths:
            for price, anchors in zip(self._prices_of_anchors(optimum), self.anchors, strict=True):
                flows = anchors.flows(self.oracle.prior[self.program.parts[anchors.agent]])
                for total, flow in zip((up, down), flows, strict=True):
                    self._own(total, anchors.agent)[:] += price * flow
        return Prices(up, down, price_of_money(self.program.budget if self._n_fixed > 1 else "none", optimum, 1))

    def point(self, optimum: Optimum) -> Point:
        """Return interim probabilities and payoffs of an optimum."""
        chances, payoffs = self._mixture(optimum), self.outside.copy()
        for i, part in enumerate(self.program.parts if self.program.incentives else ()):
            outside = self.outside[part] if self._has_paths else np.full(part.stop - part.start, -np.inf)
            outside[0] = self.outside[part][0]
            payoffs[part] = least_payoffs(self._own(self.steps, i), chances[part], outside)[0]
        for i, part in enumerate(self.program.parts[: self.width]):
            payoffs[part] += optimum.x[i] - self.oracle.prior[part] @ payoffs[part]
        return Point(chances, payoffs, self.money(optimum.value))
