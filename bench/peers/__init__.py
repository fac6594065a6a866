"""What others use for the same task, to be measured beside it."""
