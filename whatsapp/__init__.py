"""Everything that knows Meta's Cloud API."""
