"""CP-SAT over a program: what the small search could not decide, the least conflict, and the least that must be given up. Bounded: one worker,
a fixed seed, and a limit of deterministic time, so that the same question has the same answer on every machine."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model

from fondaco.frontoffice.configurator.compiling import NATURE, Literal, Program
from fondaco.frontoffice.configurator.propagating import State

#: In seconds of CP-SAT's own count of work, about those of a processor.
PATIENCE = 2.0
SOLVED = (cp_model.OPTIMAL, cp_model.FEASIBLE)


class TooHard(Exception):
    """The solver did not come to an end within its limit."""


class Exact:
    """The program as a model of CP-SAT, in which each rule can be switched off."""

    def __init__(self, program: Program) -> None:
        self.program, self.model = program, cp_model.CpModel()
        self.variables = [self.model.new_int_var(0, len(m) - 1, "") for m in program.measures]
        self.figures: dict[int, cp_model.IntVar] = {}
        self.known: dict[Literal, cp_model.IntVar] = {}
        self.rules = [self.model.new_bool_var("") for _ in program.flat.rules]
        for clause in program.clauses:
            off = [] if clause.rule == NATURE else [~self.rules[clause.rule]]
            self.model.add_bool_or([*off, *(self.literal(lit) for lit in clause.literals)])
        for limit in program.limits:
            held = self.model.add(sum(t * self.figure(v) for v, t in limit.terms) <= limit.most)
            held.only_enforce_if(
                [*([] if limit.when is None else [self.literal(limit.when)]), *([] if limit.rule == NATURE else [self.rules[limit.rule]])]
            )

    def literal(self, literal: Literal) -> cp_model.IntVar:
        """A bool that is true exactly while the variable has a value of the mask."""
        if literal not in self.known:
            variable, mask = literal
            size = len(self.program.measures[variable])
            held = self.model.new_bool_var("")
            inside = [n for n in range(size) if mask >> n & 1]
            outside = [n for n in range(size) if not mask >> n & 1]
            self._domain(variable, inside, held)
            self._domain(variable, outside, ~held)
            self.known[literal] = held
        return self.known[literal]

    def _domain(self, variable: int, values: list[int], when) -> None:  # type: ignore[no-untyped-def]
        if values:
            self.model.add_linear_expression_in_domain(self.variables[variable], cp_model.Domain.from_values(values)).only_enforce_if(when)
        else:
            self.model.add_bool_or([~when])

    def figure(self, variable: int) -> cp_model.IntVar:
        """What a variable adds to a sum."""
        if variable not in self.figures:
            measures = self.program.measures[variable]
            made = self.model.new_int_var_from_domain(cp_model.Domain.from_values(measures), "")
            self.model.add_element(self.variables[variable], measures, made)
            self.figures[variable] = made
        return self.figures[variable]

    def solution(self, literals: Sequence[Literal], without: Collection[int] = ()) -> State | None:
        """A solution in which the literals hold; nothing where there is none. Raises TooHard."""
        held = [self.literal(lit) for lit in literals]
        model = self.model.clone()
        model.add_bool_and([*held, *(r for n, r in enumerate(self.rules) if n not in without)])
        solver, status = _solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status not in SOLVED:
            raise TooHard
        return [1 << solver.value(v) for v in self.variables]

    def conflict(self, named: Mapping[str, Literal]) -> tuple[list[str], list[int]] | None:
        """Names of literals and numbers of rules that cannot hold together: not yet the least. Nothing where all can. Raises TooHard."""
        held = {name: self.literal(lit) for name, lit in named.items()}
        model = self.model.clone()
        model.add_assumptions([*held.values(), *self.rules])
        solver, status = _solve(model)
        if status in SOLVED:
            return None
        if status != cp_model.INFEASIBLE:
            raise TooHard
        core = set(solver.sufficient_assumptions_for_infeasibility())
        return [n for n, lit in held.items() if lit.index in core], [n for n, r in enumerate(self.rules) if r.index in core]

    def given_up(self, wanted: Literal, choices: Mapping[str, Literal]) -> list[str] | None:
        """The fewest choices, the latest of equally few, to give up so that ``wanted`` can be; nothing where no rule lets it. Raises TooHard."""
        asked, kept = self.literal(wanted), {name: self.literal(lit) for name, lit in choices.items()}
        model = self.model.clone()
        model.add_bool_and([asked, *self.rules])
        count = len(kept)
        heavy = 2 * count * count + 1
        model.maximize(sum((heavy + count - n) * lit for n, lit in enumerate(kept.values())))
        solver, status = _solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise TooHard
        return [name for name, lit in kept.items() if not solver.boolean_value(lit)]


def _solve(model: cp_model.CpModel) -> tuple[cp_model.CpSolver, Any]:
    solver = cp_model.CpSolver()
    own = solver.parameters
    own.num_workers, own.random_seed, own.max_deterministic_time, own.max_time_in_seconds = 1, 1, PATIENCE, 20
    own.cp_model_presolve, own.linearization_level, own.symmetry_level = False, 0, 0
    return solver, solver.solve(model)
