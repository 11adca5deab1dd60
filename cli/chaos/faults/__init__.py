"""One module per kind of fault: each starts, lasts and ends."""
