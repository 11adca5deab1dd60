"""JSON routes, webhook intake and WebSocket."""
