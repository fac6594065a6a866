"""How a turn is answered: the engine, and those who follow it."""
