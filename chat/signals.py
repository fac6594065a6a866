"""What the app tells the site that hosts it; receivers run in the engine's database threads."""

from django.dispatch import Signal

# Sent after a run's end is committed. Arguments: run.
run_ended = Signal()
