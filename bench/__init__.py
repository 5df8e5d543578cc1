"""Benchmarks: each figure beside a reference that is measured in the same run, since machines differ. `python -m bench` runs them."""
