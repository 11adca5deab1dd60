"""What came of a campaign, for everybody and for each recipient."""
