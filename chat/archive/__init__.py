"""Conversations outside of the database: what is exported, and what may be imported."""
