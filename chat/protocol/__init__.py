"""What is said about a run, and how it looks on the wire. Plain Python: knows no Django."""
