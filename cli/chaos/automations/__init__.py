"""The chaos run of automations: everything is killed while people talk to one, and each path is judged."""
