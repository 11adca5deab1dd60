"""One module per kind of fault: each strikes, lasts, and lets go again."""
