"""Put on the path of a child so that Python runs its `sitecustomize` first."""
