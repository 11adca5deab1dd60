"""Use cases of campaigns: one folder per stage, and next to them what may happen at any time."""
