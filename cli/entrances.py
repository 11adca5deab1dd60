"""Two checks of `whatsway doctor`: whether sign-ins can be told apart, and whether channels may call internal
addresses.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from cli.findings import Finding
from settings import Settings

NAME = "Sign-ins"
ALIKE_PEOPLE = 3
STEP = (
    "Let the proxy send X-Forwarded-For and set FORWARDED_ALLOW_IPS to its address as the app sees it "
    "({ip}): until then, one person's wrong passwords can lock everyone out."
)
# The newest session shows the current state; a week of them, whether everybody looks alike.
_QUERY = """
SELECT (array_agg(proxied ORDER BY created_at DESC))[1] AS proxied,
    (array_agg(ip ORDER BY created_at DESC))[1] AS ip,
    count(DISTINCT ip) AS addresses, count(DISTINCT user_id) AS people
FROM sessions WHERE created_at > now() - interval '7 days'
"""


def look_at_sign_ins(database_url: str, settings: Settings) -> Finding:
    """Fails while a proxy in front hides who signs in, so that all clients look alike."""
    import psycopg

    from store.engine import libpq_url

    try:
        with psycopg.connect(libpq_url(database_url), connect_timeout=3) as connection:
            row = connection.execute(_QUERY).fetchone()
    except psycopg.Error:
        return Finding(NAME, True, "not checked: the database does not answer")
    if row is None or not row[3]:
        return Finding(NAME, True, "nobody signed in during the last week")
    proxied, ip, addresses, people = row
    behind = urlsplit(settings.public_url).scheme == "https"
    alike = behind and addresses == 1 and people >= ALIKE_PEOPLE and is_inside(ip)
    detail = f"{people} people from {addresses} addresses in a week"
    if proxied or alike:
        seen = f"the last one seems to come from {ip}, which is a proxy"
        return Finding(NAME, False, f"{detail}, {seen}", STEP.format(ip=ip))
    return Finding(NAME, True, detail)


def is_inside(ip: str) -> bool:
    """Whether an address is on this machine or a local network, like a proxy's."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


def look_at_channels(settings: Settings) -> Finding:
    """Warns if channels may call the local network although this is not a demo."""
    if not settings.whatsapp_allow_local:
        return Finding("Channels", True, "call public https addresses only")
    step = "" if settings.is_demo else "Remove WHATSAPP_ALLOW_LOCAL: it is for the simulator only."
    return Finding("Channels", True, "may call local addresses without TLS", step)
