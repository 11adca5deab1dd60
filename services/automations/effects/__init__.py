"""What nodes do in the world, each once for its run and step."""
