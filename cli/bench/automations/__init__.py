"""The benchmark of automations: how soon they answer, how many wait, and what survives a crash of everything."""
