"""Who is calling: the token in a header, query or body, and the proof of knowing the app's secret."""

import hmac
from collections.abc import Mapping
from typing import Any

from simulator.config import SimulatorConfig
from simulator.errors import GraphError, invalid_token
from simulator.readings import text_of


def token_in(authorization: str, fields: Mapping[str, Any]) -> str:
    """The token of a call; a header takes precedence over a parameter."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() in ("bearer", "oauth"):
        return token.strip()
    return text_of(fields.get("access_token"))


def authorise(
    config: SimulatorConfig, authorization: str, fields: Mapping[str, Any], *, app: bool
) -> None:
    """Refuses an unknown token or a wrong proof; `app` if the app's own token is valid too."""
    token = token_in(authorization, fields)
    app_token = f"{config.app_id}|{config.app_secret}"
    if token not in config.access_tokens and not (app and token == app_token):
        raise invalid_token()
    check_proof(config, token, fields.get("appsecret_proof"))


def check_proof(config: SimulatorConfig, token: str, proof: Any) -> None:
    """Meta's check of `appsecret_proof`; it may be missing only if the app does not require it."""
    if proof is None:
        if config.require_proof:
            raise GraphError(
                100,
                message="API calls from the server require an appsecret_proof argument",
                type="GraphMethodException",
            )
        return
    expected = hmac.digest(config.app_secret.encode(), token.encode(), "sha256").hex()
    if not hmac.compare_digest(text_of(proof).encode(), expected.encode()):
        raise GraphError(
            100,
            message="Invalid appsecret_proof provided in the API argument",
            type="GraphMethodException",
        )
