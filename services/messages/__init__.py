"""Messages one by one: compose, read, retry, fetch media."""
