"""What runs of automations do: decide, send, change records, call other systems."""
