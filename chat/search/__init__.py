"""Search over a member's titles and messages: one interface, an index in PostgreSQL or in SQLite."""
