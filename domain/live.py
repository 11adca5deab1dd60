"""Names of live events that processes themselves listen for, beside the open pages."""

ACCESS = "access.changed"
"""Somebody's rights, sessions or tokens changed: open sockets of this person are looked at again."""

CHANNEL_CHANGED = "channel.changed"
"""A channel was added, changed or removed, perhaps its secrets."""
