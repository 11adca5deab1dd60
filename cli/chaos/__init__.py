"""The chaos run: kills every component during a campaign and judges by the simulator's log."""
