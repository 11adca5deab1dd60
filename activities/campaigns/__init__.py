"""Activities of campaigns: freeze the audience, send a span, see what is left."""
