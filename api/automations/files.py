"""Files for the steps of automations: uploaded once, named by documents, and shown."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.automations.who import Reader, Writer
from api.bodies import MEDIA_MAX_BYTES
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import file_headers
from services.messages import outgoing_files
from services.messages.outgoing_files import Received

router = APIRouter(prefix="/api/automations/files", tags=["automations"])

Kind = Literal["image", "video", "audio", "document", "sticker"]


class FileOut(BaseModel):
    """A file that steps can send; put ``link`` where a message or a template's header takes a link."""

    link: str = Field(examples=[f"file:{'0123456789abcdef' * 4}/menu.pdf"])
    sha256: str
    name: str
    kind: Kind
    mime_type: str
    size: int

    @classmethod
    def of(cls, received: Received) -> Self:
        """A file that was received."""
        return cls.model_validate(
            {
                "link": received.link.text, "sha256": received.link.sha256, "name": received.link.name,
                "kind": received.kind, "mime_type": received.mime_type, "size": received.size,
            }
        )  # fmt: skip


@router.post("", status_code=201, max_body_size=MEDIA_MAX_BYTES)
async def upload_automation_file(
    _principal: Writer,
    session: SessionDep,
    state: StateDep,
    file: Annotated[
        UploadFile,
        File(
            description="image: JPEG or PNG up to 5 MB; video: MP4 or 3GP up to 16 MB; audio: AAC, AMR, MP3, M4A or OGG "
            "up to 16 MB; document: PDF, text or Office up to 100 MB; sticker: WebP up to 100 KB, animated 500 KB. "
            "Its content tells the type."
        ),
    ],
    kind: Annotated[Kind, Form(description="The kind of message that will carry it.")],
) -> FileOut:
    """Upload a file for a step; it stays as long as a draft or a version that acts names it, and 30 days more."""
    received = await outgoing_files.receive(
        session, state.data_dir, file.file, file.filename or "", kind
    )
    return FileOut.of(received)


@router.get("/{sha256}", response_class=Response)
async def get_automation_file(
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    _principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
) -> Response:
    """A file that was uploaded; never HTML or a script."""
    path, shown = await outgoing_files.show(session, state.data_dir, sha256)
    return FileResponse(
        path, media_type=shown.content_type, headers=file_headers(shown, kept_s=86_400)
    )
