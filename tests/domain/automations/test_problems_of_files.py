"""Files of this installation that a step sends: gone, or of another kind than its message."""

from dataclasses import replace

import pytest

from domain.automations import files, problems
from domain.automations.contents import Media
from domain.automations.known import KnownTemplate, KnownVersion
from domain.automations.nodes import CustomReply, Data, SendTemplate, UserReply
from domain.outgoing_files import FileLink
from domain.sentences import Sentence
from tests.domain.automations.problem_graphs import KNOWN
from tests.graphs import chain

HERE = "a" * 64
LINK = FileLink(HERE, "menu card.png").text
NAME = Sentence("slot.header_image")
AROUND = replace(
    KNOWN,
    files={HERE: "image/png"},
    templates={"sale": KnownTemplate(languages={"en": KnownVersion(slots={"header.image": NAME})})},
)


def found(data: Data) -> list[tuple[str, str, object]]:
    return [
        (one.field, one.sentence.key, one.sentence.params.get("name"))
        for one in problems.find(chain(data), AROUND)
        if one.sentence.code.split(".")[0] in {"automation_file_gone", "file_type", "automation_address", "automation_unset"}
    ]  # fmt: skip


def picture(link: str, kind: str = "image") -> Media:
    return Media(kind=kind, link=link)  # type: ignore[arg-type]  # as a document says it


def test_a_file_that_is_here_is_fine() -> None:
    assert found(CustomReply(messages=(picture(LINK),))) == []
    assert found(UserReply(ask=picture(LINK))) == []
    assert found(SendTemplate(template="sale", values={"header.image": LINK})) == []


def test_a_file_from_elsewhere_has_to_be_chosen_again() -> None:
    gone = FileLink("b" * 64, "menu card.png").text
    told = ("automation_file_gone", "menu card.png")
    assert found(CustomReply(messages=(picture(gone),))) == [("messages.0.link", *told)]
    assert found(UserReply(ask=picture(gone))) == [("ask.link", *told)]
    template = SendTemplate(template="sale", values={"header.image": gone})
    assert found(template) == [("values.header.image", *told)]


@pytest.mark.parametrize(
    "link", ["file:", "file:///etc/passwd", f"file:{HERE}", f"file:{HERE}/a/b"]
)
def test_what_only_looks_like_a_file_is_none(link: str) -> None:
    assert [one[1] for one in found(CustomReply(messages=(picture(link),)))] == [
        "automation_file_gone"
    ]


def test_a_picture_is_no_document() -> None:
    assert found(CustomReply(messages=(picture(LINK, "document"),))) == [
        ("messages.0.link", "file_type.document", None)
    ]


def test_a_graph_names_its_files() -> None:
    steps = (
        CustomReply(messages=(picture(LINK), picture("https://example.org/a.png"))),
        UserReply(ask=picture(FileLink("b" * 64, "b").text)),
        SendTemplate(values={"header.image": FileLink("c" * 64, "c").text, "body.1": "file:"}),
    )
    assert files.named(chain(*steps)) == {HERE, "b" * 64, "c" * 64}
