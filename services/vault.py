"""Secrets at rest: channel tokens and app secrets, encrypted with rotatable Fernet keys."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from settings import Settings
from store import vault as stored_secrets

BATCH = 100
NO_SECRET = stored_secrets.NO_SECRET


class MissingSetting(RuntimeError):
    """A setting the product cannot start without; the message says how to make one."""


def new_key() -> str:
    """A fresh encryption key for ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


class Vault:
    """Encrypts with the first key, decrypts with any of them."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise MissingSetting(
                "ENCRYPTION_KEYS holds a value that is not a key. Each one is 32 random bytes in "
                f"base64, for example: {_KEY_COMMAND}"
            ) from None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Vault":
        """The vault of this installation, or MissingSetting with the command that makes a key."""
        keys = [key.strip() for key in _reveal(settings.encryption_keys).split(",") if key.strip()]
        if not keys:
            raise MissingSetting(
                "ENCRYPTION_KEYS is not set, so channel tokens could not be stored encrypted. "
                f"Make a key and keep it safe: {_KEY_COMMAND}"
            )
        return cls(keys)

    def encrypt(self, text: str) -> bytes:
        """The text as it is stored."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, stored: bytes) -> str:
        """The text that was stored; Conflict when there is none, or no key of ours fits."""
        if stored == NO_SECRET:
            raise Conflict("secret_removed", "This secret was removed. Enter it again.")
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken:
            raise Conflict(
                "vault_key_missing",
                "This secret was encrypted with a key that is no longer in ENCRYPTION_KEYS. "
                "Add the old key back, or enter the secret again.",
            ) from None

    def rotate(self, stored: bytes) -> bytes:
        """The same secret under the first key; Conflict when no key fits."""
        return self.encrypt(self.decrypt(stored))


def session_secret(settings: Settings) -> bytes:
    """The key that signs CSRF tokens, or MissingSetting with the command that makes one."""
    secret = _reveal(settings.session_secret)
    if len(secret) < MIN_SECRET:
        problem = "is not set" if not secret else f"is shorter than {MIN_SECRET} characters"
        raise MissingSetting(
            f"SESSION_SECRET {problem}. Make one and keep it safe: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret.encode()


async def forget_removed_secrets(session: AsyncSession) -> int:
    """Take away what releases before left in channels that were removed; returns how many."""
    return await stored_secrets.forget_removed(session)


async def reencrypt_channels(session: AsyncSession, vault: Vault) -> int:
    """Put every stored secret under the newest key; returns how many channels were rewritten.

    Removed channels hold none: what an older release left in them is taken away.
    """
    await forget_removed_secrets(session)
    count = 0
    while batch := await stored_secrets.channel_secrets(session, offset=count, limit=BATCH):
        for channel_id, sealed in batch:
            await stored_secrets.replace_secrets(
                session,
                channel_id,
                {
                    name: vault.rotate(value) if value != NO_SECRET else value
                    for name, value in sealed.items()
                },
            )
        count += len(batch)
    return count


MIN_SECRET = 32
_KEY_COMMAND = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


def _reveal(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
