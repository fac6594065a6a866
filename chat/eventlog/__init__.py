"""Where events live beyond the process that made them: the port, and its adapters."""
