"""The inbox for people: its panes, what one does in them, the template picker."""
