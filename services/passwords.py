"""Password hashes: scrypt with its parameters in the hash, computed off the event loop."""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from domain.errors import Invalid
from domain.users import PRODUCT, check_password

N, R, P = 2**15, 8, 1
SALT_BYTES = 16
KEY_BYTES = 32

MIN_GUESSES = 10**8
EVERYDAY = (
    "welcome bienvenue bienvenido bienvenida bienvenidos willkommen bemvindo benvenuto welkom selamat "
    "contrasena contrasinal clave motdepasse senha kennwort passwort wachtwoord parola katasandi sandi пароль "
    "spring summer autumn winter primavera verano otono invierno verao outono inverno estate printemps "
    "hiver sommer herbst fruhling fruehling zomer herfst лето зима change changeme cambiar cambiame mudar "
    "alterar changer andern aendern geheim secreto segredo administrador administrator marketing "
    "correcthorsebatterystaple correct-horse-battery-staple йцукен йцукенгшщз qwertzuiop azertyuiop"
)
"""Popular first choices missing from the library's English lists, without accents."""

LOOKED_AT = 40
"""The most characters that are judged: more would be slow and change nothing."""

# Two at a time: each derivation uses 32 MB, and a flood of sign-ins must not exhaust the machine.
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="scrypt")


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=KEY_BYTES
    )


def _encode(salt: bytes, key: bytes) -> str:
    parts = (base64.b64encode(part).decode() for part in (salt, key))
    return "$".join(("scrypt", str(N), str(R), str(P), *parts))


def hash_now(password: str) -> str:
    """``scrypt$n$r$p$salt$key``; blocks this thread for about 60 ms."""
    salt = os.urandom(SALT_BYTES)
    return _encode(salt, _derive(password, salt, N, R, P))


def matches_now(password: str, stored: str) -> bool:
    """Whether the password matches the stored hash, whatever its parameters."""
    _, n, r, p, salt, key = stored.split("$")
    derived = _derive(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(derived, base64.b64decode(key))


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with parameters other than today's."""
    return not stored.startswith(f"scrypt${N}${R}${P}$")


async def check(password: str, email: str = "", field: str = "password") -> None:
    """Raise Invalid for a password that breaks a rule (``domain.users``) or is easy to guess."""
    check_password(password, email, field)
    loop = asyncio.get_running_loop()
    if await loop.run_in_executor(_pool, _guesses, password[:LOOKED_AT], email) < MIN_GUESSES:
        raise Invalid("password_weak.easy", field=field)


def _guesses(password: str, email: str) -> float:
    """How many guesses it takes someone who knows common passwords, words, dates and keyboards."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - a quarter of a second and some megabytes, rarely needed

    known = [*PRODUCT, *re.split(r"\W", email), *EVERYDAY.split()]
    # The library's lists have no accents: what is easy without accents is easy with them.
    ways = {password, _plain(password)}
    return min(float(zxcvbn(way, user_inputs=known)["guesses"]) for way in ways)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


async def create(password: str) -> str:
    """A hash to store, computed in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_pool, hash_now, password)


async def verify(password: str, stored: str | None) -> bool:
    """Whether the password is right; takes as long for an unknown person (None) as for a known one."""
    loop = asyncio.get_running_loop()
    if stored is None:
        await loop.run_in_executor(_pool, hash_now, password)
        return False
    return await loop.run_in_executor(_pool, matches_now, password, stored)


def one_time_password() -> str:
    """Five groups of letters and digits that are easy to read out: about 98 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(5))
    return "-".join(groups)
