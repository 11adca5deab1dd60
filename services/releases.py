"""Which release this is, and how to install another."""

from domain.sentences import N_

VERSION = "0.1.0"

UPDATE = N_(
    "Make a backup, get the new release (`git pull`), then `make setup` and start again; with "
    "Docker `docker compose up -d --build`. docs/setup.md, Upgrade, has the details."
)
