"""Settings pages: profile, sessions, team, API tokens, audit log."""
