"""Who answers: the port to model vendors, and its adapters."""
