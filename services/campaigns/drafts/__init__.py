"""A campaign before launch, one module per verb."""
