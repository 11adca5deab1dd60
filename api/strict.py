"""The base of every request body: what a route does not know is refused by name, never ignored."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A body, or a part of one, that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid")
