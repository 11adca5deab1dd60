"""What happened, written once: kinds of facts, and what follows from each (law 11)."""
