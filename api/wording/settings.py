"""Sentences about settings."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "database_url": N_(
        "DATABASE_URL is not set. Give the address of a PostgreSQL database, for example postgresql://user:password@localhost/whatsway."
    ),
    "encryption_keys": N_(
        "ENCRYPTION_KEYS is not set, so channel tokens could not be stored encrypted. Make a key and keep it safe: %(command)s"
    ),
    "encryption_keys.wrong": N_(
        "ENCRYPTION_KEYS holds a value that is not a key. Each one is 32 random bytes in base64, for example: %(command)s"
    ),
    "session_secret": N_("SESSION_SECRET is not set. Make one and keep it safe: %(command)s"),
    "session_secret.short": N_(
        "SESSION_SECRET is shorter than %(least)s characters. Make one and keep it safe: %(command)s"
    ),
}
