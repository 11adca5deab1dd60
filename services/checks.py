"""The checks of `whatsway doctor` and of Settings → System: one thing each, with its state and what to do."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from domain.sentences import Sentence
from domain.system import Sign, Tone
from services import clock, conditions, folders, integrity
from services.alerts.mailing import ERRORS, Mailer
from services.receiving import log
from services.vault import MissingSetting, Vault
from settings import Settings
from store import health, server

SKEW_S = 2.0
ALIKE_PEOPLE = 3

Check = Callable[[AsyncSession, Settings], Awaitable[Sign]]
"""Looks at one thing that the database knows about."""


def part(key: str) -> Sentence:
    """What a check is called."""
    return Sentence(f"doctor_part.{key}")


def well(key: str, said: Sentence, step: Sentence | None = None) -> Sign:
    """All is well; with a step, it still deserves a look."""
    return Sign(key, part(key), Tone.WARN if step else Tone.OK, said, step=step)


def ill(key: str, said: Sentence, step: Sentence, href: str = "") -> Sign:
    """Something is wrong."""
    return Sign(key, part(key), Tone.DOWN, said, step=step, href=href)


def unknown(key: str, error: Exception) -> Sign:
    """The database did not say; its own check says why."""
    said = Sentence("doctor_unknown", error=type(error).__name__)
    return ill(key, said, Sentence("doctor_unknown.step"))


async def postgres(session: AsyncSession, _settings: Settings) -> Sign:
    """Version, clock and schema."""
    ahead = -(await clock.measure(session)).total_seconds()
    version, ms = await server.version(session), f"{round(ahead * 1000):+d}"
    fits = health.fits(await health.revision(session))
    if abs(ahead) > SKEW_S:
        step = Sentence("doctor_postgres.clock_step")
        return ill("postgres", Sentence("doctor_postgres.clock", version=version, ms=ms), step)
    if fits == "newer":
        step = Sentence("doctor_postgres.newer_step")
        return ill("postgres", Sentence("doctor_postgres.newer", version=version, ms=ms), step)
    if fits != "ok":
        step = Sentence("doctor_postgres.pending_step")
        return ill("postgres", Sentence("doctor_postgres.pending", version=version, ms=ms), step)
    return well("postgres", Sentence("doctor_postgres", version=version, ms=ms))


async def server_log(session: AsyncSession, _settings: Settings) -> Sign:
    """Whether errors write customers' messages to the server's log."""
    loud = await server.loud(session)
    if not loud:
        return well("server_log", Sentence("doctor_server_log"))
    step = Sentence("doctor_server_log.loud_step", settings=", ".join(loud))
    return well("server_log", Sentence("doctor_server_log.loud"), step)


async def receiving(session: AsyncSession, _settings: Settings) -> Sign:
    """Fails for unprocessed deliveries and updates without effect; both say where to look."""
    found = await log.standing(session)
    why = ", ".join(f"{code.replace('_', ' ')} {count}" for code, count in found.reasons.items())
    said = Sentence(
        "doctor_receiving.why" if why else "doctor_receiving",
        waiting=found.waiting, age=found.age_s, dead=found.dead, aside=found.aside, why=why,
    )  # fmt: skip
    if found.age_s > log.PATIENCE_S:
        return ill("receiving", said, Sentence("doctor_receiving.late_step"))
    if found.put_aside:
        step = Sentence("doctor_receiving.aside_step")
        return ill("receiving", said, step, "/settings/webhooks/aside")
    return well("receiving", said)


async def keys(session: AsyncSession, settings: Settings) -> Sign:
    """Whether the stored tokens can be read."""
    try:
        locked = await integrity.unreadable_numbers(session, Vault.from_settings(settings))
    except MissingSetting as missing:
        return ill("keys", Sentence("doctor_keys.unusable"), missing.sentence)
    if not locked:
        return well("keys", Sentence("doctor_keys"))
    said = Sentence("doctor_keys.locked", numbers=", ".join(locked))
    return ill("keys", said, Sentence("doctor_keys.locked_step"))


async def files(session: AsyncSession, settings: Settings) -> Sign:
    """Whether the files that rows refer to are in the data folder."""
    folder = settings.data_dir.expanduser()
    found = await integrity.missing_files(session, folder)
    if not found.folders:
        return well("files", Sentence("doctor_files", count=found.looked))
    said = Sentence("doctor_files.missing", media=found.media, uploads=found.uploads)
    places = ", ".join(str(folder / name) for name in found.folders)
    return ill("files", said, Sentence("doctor_files.missing_step", places=places))


async def sign_ins(session: AsyncSession, settings: Settings) -> Sign:
    """Fails while a proxy in front hides who signs in, so that all clients look alike."""
    found = await server.sign_ins(session)
    people, addresses, ip = found.people, found.addresses, found.ip
    if not people or ip is None:
        return well("sign_ins", Sentence("doctor_sign_ins.none"))
    behind = urlsplit(settings.public_url).scheme == "https"
    alike = behind and addresses == 1 and people >= ALIKE_PEOPLE
    if found.proxied or (alike and is_inside(ip)):
        said = Sentence("doctor_sign_ins.proxy", people=people, addresses=addresses, ip=ip)
        return ill("sign_ins", said, Sentence("doctor_sign_ins.proxy_step", ip=ip))
    return well("sign_ins", Sentence("doctor_sign_ins", people=people, addresses=addresses))


def is_inside(ip: str) -> bool:
    """Whether an address is on this machine or a local network, like a proxy's."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


def channels(settings: Settings) -> Sign:
    """Which addresses channels may call; warns if they include the local network although this is not a demo."""
    if not settings.whatsapp_allow_local:
        return well("channels", Sentence("doctor_channels"))
    step = None if settings.is_demo else Sentence("doctor_channels.local_step")
    return well("channels", Sentence("doctor_channels.local"), step)


def data_folder(path: Path) -> Sign:
    """Readable, writable and with free space; blocks on a share that does not answer."""
    room = conditions.room(path)
    where, free = str(path), f"{room.free / 1024**3:.1f}"
    existing = next(place for place in (path, *path.parents) if os.path.exists(place))
    if not (folders.is_usable(path) if existing == path else os.access(existing, os.W_OK)):
        said = Sentence("doctor_data_folder.closed", path=where, free=free)
        return ill("data_folder", said, Sentence("doctor_data_folder.closed_step"))
    said = Sentence("doctor_data_folder", path=where, free=free)
    if room.is_low:
        return ill("data_folder", said, Sentence("doctor_data_folder.low_step"))
    return well("data_folder", said)


async def mail(settings: Settings) -> Sign:
    """Whether the server that sends alerts lets us in."""
    mailer = Mailer.from_settings(settings)
    if mailer is None:
        return well("mail", Sentence("doctor_mail.unset"))
    try:
        await asyncio.to_thread(mailer.greet)
    except ERRORS as error:
        said = Sentence("doctor_mail.refused", host=mailer.host, error=type(error).__name__)
        return ill("mail", said, Sentence("doctor_mail.refused_step"))
    return well("mail", Sentence("doctor_mail", host=mailer.host))


ON_DATABASE: dict[str, Check] = {
    "postgres": postgres,
    "server_log": server_log,
    "receiving": receiving,
    "keys": keys,
    "files": files,
    "sign_ins": sign_ins,
}
"""The checks that ask the database."""
