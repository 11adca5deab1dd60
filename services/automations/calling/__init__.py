"""Calls to other systems, which may not be systems of ours."""
