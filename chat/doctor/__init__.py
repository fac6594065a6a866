"""Asks the running site for a scripted answer, from outside, and says in words what is wrong."""
