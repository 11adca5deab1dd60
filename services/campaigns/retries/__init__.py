"""Try the failed again: whom, and as which campaign."""
