"""What people do with contacts: search, write, group, describe."""
