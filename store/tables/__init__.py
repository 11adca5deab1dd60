"""The mapped tables, one module per noun."""
