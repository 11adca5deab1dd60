"""Identifiers: UUIDv7, so that ids sort by creation time and indexes stay compact."""

import os
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
ChannelId = NewType("ChannelId", UUID)
ContactId = NewType("ContactId", UUID)
CampaignId = NewType("CampaignId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): 48 bits of milliseconds, 74 random bits."""
    value = int.from_bytes(os.urandom(10), "big")
    value |= (time.time_ns() // 1_000_000) << 80
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def parse_id(text: str) -> UUID | None:
    """The UUID in ``text``, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
