"""Secrets at rest: of channels and of automations, encrypted with rotatable Fernet keys."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.sentences import Sentence, Value
from settings import Settings
from store import vault as stored_secrets

BATCH = 100
NO_SECRET = stored_secrets.NO_SECRET


class MissingSetting(RuntimeError):
    """A required setting is missing; the sentence says how to generate one."""

    def __init__(self, key: str, **params: Value) -> None:
        super().__init__(key)
        self.sentence = Sentence(key, **params)


def new_key() -> str:
    """A new encryption key for ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


class Vault:
    """Encrypts with the first key, decrypts with any of them."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise MissingSetting("encryption_keys.wrong", command=_KEY_COMMAND) from None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Vault":
        """The installation's vault; raises MissingSetting with the command that generates a key."""
        keys = [key.strip() for key in _reveal(settings.encryption_keys).split(",") if key.strip()]
        if not keys:
            raise MissingSetting("encryption_keys", command=_KEY_COMMAND)
        return cls(keys)

    def encrypt(self, text: str) -> bytes:
        """Encrypt a text for storage."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, stored: bytes) -> str:
        """The stored text; raises Conflict if there is none, or none of our keys fits."""
        if stored == NO_SECRET:
            raise Conflict("secret_removed")
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken:
            raise Conflict("vault_key_missing") from None

    def rotate(self, stored: bytes) -> bytes:
        """The same secret under the first key; raises Conflict if no key fits."""
        return self.encrypt(self.decrypt(stored))


def session_secret(settings: Settings) -> bytes:
    """The key that signs CSRF tokens; raises MissingSetting with the command that generates one."""
    secret = _reveal(settings.session_secret)
    if len(secret) < MIN_SECRET:
        if not secret:
            raise MissingSetting("session_secret", command=_SECRET_COMMAND)
        raise MissingSetting("session_secret.short", least=MIN_SECRET, command=_SECRET_COMMAND)
    return secret.encode()


async def forget_removed_secrets(session: AsyncSession) -> int:
    """Delete secrets that earlier releases left in removed channels; returns how many."""
    return await stored_secrets.forget_removed(session)


async def reencrypt_channels(session: AsyncSession, vault: Vault) -> int:
    """Re-encrypt the secrets of every channel with the newest key; returns how many channels were rewritten.

    Removed channels have none: what an older release left in them is deleted.
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


async def reencrypt_automations(session: AsyncSession, vault: Vault) -> int:
    """Re-encrypt the secret values and hook addresses of automations with the newest key; returns how many."""
    count = 0
    for table in stored_secrets.AUTOMATIONS:
        found = await stored_secrets.sealed(session, table)
        rotated = {value: vault.rotate(value.encode()).decode() for value in found}
        await stored_secrets.reseal(session, table, rotated)
        count += len(found)
    return count


MIN_SECRET = 32
_KEY_COMMAND = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


_SECRET_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'  # noqa: S105 - a command


def _reveal(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
