"""A file of contacts from upload to result."""
