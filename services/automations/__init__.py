"""Use cases of automations: drafts and versions, what starts them, and what their runs do."""
