"""Imports: their records, the staging of rows and the merge, the errors of rows."""
