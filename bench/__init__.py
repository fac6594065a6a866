"""The benchmark suite, and the servers it measures with."""
