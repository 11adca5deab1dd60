"""The file of a CSV campaign, one module per step."""
