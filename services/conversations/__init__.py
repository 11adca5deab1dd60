"""Conversations: lists, and what the team does with one."""
