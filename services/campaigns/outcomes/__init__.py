"""The results of a campaign, overall and per recipient."""
