"""What stands in a cell that should hold a phone number, and which numbers that can be."""
