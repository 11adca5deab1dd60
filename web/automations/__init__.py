"""Pages of automations: the list, and the builder of one."""
