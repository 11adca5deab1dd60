"""Message templates: sync with Meta, lists and previews, edits, webhooks."""
