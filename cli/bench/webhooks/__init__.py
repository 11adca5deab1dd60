"""The benchmark of receiving: signed deliveries as Meta sends them, until everything in them is applied and shown."""
