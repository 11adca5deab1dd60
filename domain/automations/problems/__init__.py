"""Everything that is wrong with an automation, found without asking anybody."""

from domain.automations.problems.finding import find
from domain.automations.problems.found import Fix, Problem, Severity

__all__ = ["Fix", "Problem", "Severity", "find"]
