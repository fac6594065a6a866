"""Every state of the chat page, for designers and for tests: real templates, made-up content."""
