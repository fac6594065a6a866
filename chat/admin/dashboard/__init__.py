"""The dashboard: how runs went, by day, from the database alone."""
