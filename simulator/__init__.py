"""A faithful local WhatsApp Cloud API with signed webhooks, fault knobs and a phone page.

It answers the same paths as Meta's Graph API (`/v23.0/{phone}/messages` and friends), so a client needs
only another base URL. Everything under `/_sim/` and `/phone` is for people and tests: it has no
authentication and is meant for loopback and development machines only. Never expose it.
"""
