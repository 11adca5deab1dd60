"""From a draft to a campaign that runs, and back."""
