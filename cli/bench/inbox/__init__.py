"""The benchmark of the inbox: how soon its pages are there when a team has had it for years."""
