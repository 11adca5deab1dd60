"""Pure rules of the product: standard library only."""
