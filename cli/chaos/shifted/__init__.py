"""Added to a child's path so that Python runs this `sitecustomize` first."""
