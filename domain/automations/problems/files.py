"""Problems of files that a step sends: gone from here, or of a type that this kind of message does not carry."""

from collections.abc import Iterator, Mapping

from domain import outgoing_files
from domain.automations.problems.found import Problem, error
from domain.outgoing_files import KIND_OF
from domain.sentences import Sentence


def check(at: str, link: str, kind: str, files: Mapping[str, str], field: str) -> Iterator[Problem]:
    """A file of this installation; ``files`` are the types of those that are here, by SHA-256."""
    found = outgoing_files.parse(link)
    if found is None or found.sha256 not in files:
        name = found.name if found else ""
        yield error(at, Sentence("automation_file_gone", name=name or "?"), field)
    elif KIND_OF.get(files[found.sha256]) != kind:
        yield error(at, Sentence(f"file_type.{kind}"), field)
