"""Numbers in bodies and forms, limited to the domain's ranges."""

from typing import Annotated

from pydantic import Field

from domain.campaigns import BRAKE, THROTTLE

PerSecond = Annotated[int, Field(ge=THROTTLE.least, le=THROTTLE.most)]
BrakePercent = Annotated[int, Field(ge=BRAKE.least, le=BRAKE.most)]
