"""The inbox pages: panes, actions and the template picker."""
