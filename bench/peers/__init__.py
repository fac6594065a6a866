"""What others write for the same task, to be measured beside it."""
