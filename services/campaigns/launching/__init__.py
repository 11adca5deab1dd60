"""From a draft to a running campaign, and back."""
