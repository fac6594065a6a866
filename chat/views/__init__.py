"""The HTTP doors: they translate between requests and the app, and hold no rules."""
