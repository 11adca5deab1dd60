"""Automations: their graphs, the rules that check them, and the interpreter that runs them."""
