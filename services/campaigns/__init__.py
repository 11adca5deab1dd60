"""Use cases of campaigns, one module per verb."""
