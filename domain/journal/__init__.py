"""What happened, written once: the kinds of facts, and what follows from each (law 11)."""
