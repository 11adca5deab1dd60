"""Names and attributes of the cookies that sign a browser in."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from settings import Settings

SESSION = "whatsway_session"
SIGN_IN = "whatsway_sign_in"
DEVICE = "whatsway_browser"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_secure(settings: Settings) -> bool:
    """Whether cookies are https-only: always, except for plain http in a demo or on loopback."""
    address = urlsplit(settings.public_url)
    plain = address.scheme == "http"
    return not (plain and (settings.is_demo or address.hostname in LOOPBACK))


def _name(base: str, settings: Settings) -> str:
    # __Host- makes the browser refuse the cookie from a sibling domain or over http.
    return f"__Host-{base}" if is_secure(settings) else base


def session_cookie(connection: HTTPConnection, settings: Settings) -> str:
    """The session token the browser sent, or ""."""
    return connection.cookies.get(_name(SESSION, settings), "")


def sign_in_cookie(connection: HTTPConnection, settings: Settings) -> str:
    """The value that ties a sign-in form to its browser, or ""."""
    return connection.cookies.get(_name(SIGN_IN, settings), "")


def _set(response: Response, base: str, value: str, max_age_s: int, settings: Settings) -> None:
    response.set_cookie(
        _name(base, settings),
        value,
        max_age=max_age_s,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def set_session(response: Response, token: str, max_age_s: int, settings: Settings) -> None:
    """Sign the browser in."""
    _set(response, SESSION, token, max_age_s, settings)


def set_sign_in(response: Response, value: str, settings: Settings) -> None:
    """Tie the sign-in form to this browser for an hour."""
    _set(response, SIGN_IN, value, 3600, settings)


def clear_session(response: Response, settings: Settings) -> None:
    """Delete the session cookie."""
    _set(response, SESSION, "", 0, settings)


def device_cookie(connection: HTTPConnection, settings: Settings) -> str:
    """The mark of a browser that signed in before, or ""."""
    return connection.cookies.get(_name(DEVICE, settings), "")


def set_device(response: Response, value: str, max_age_s: int, settings: Settings) -> None:
    """Remember this browser; the mark stays when somebody signs out."""
    _set(response, DEVICE, value, max_age_s, settings)
