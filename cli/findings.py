"""Results of checks: one line and one next step each."""

from dataclasses import dataclass

MEMORY_TARGET_MB = 700


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was checked, the result, and what to do if it is not ok."""

    name: str
    ok: bool
    detail: str
    next_step: str = ""


def show(
    findings: list[Finding], sizes: dict[str, int], *, running: bool, elsewhere: str = ""
) -> None:
    """The table for a person."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name.ljust(width)}  {finding.detail}")
        if finding.next_step:
            print(f"      {' ' * width}  -> {finding.next_step}")
    if not running:
        print("\nThe stack is not running: start it with `whatsway up` or `make demo`.")
        if elsewhere:
            print(f"Another one is. {elsewhere}")
        return
    print("\nMemory in MB (shared memory counted once)")
    for name, size in sizes.items():
        print(f"  {name.ljust(12)}{size:>6}")
    verdict = "within" if sizes["total"] <= MEMORY_TARGET_MB else "above"
    print(f"  {verdict} the {MEMORY_TARGET_MB} MB that an idle demo should take")
