"""Accounts of the demo site: Django's own views and forms, with this site's templates."""
