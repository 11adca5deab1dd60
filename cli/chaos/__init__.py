"""The chaos run: every component is killed during a campaign, and the simulator's log decides."""
