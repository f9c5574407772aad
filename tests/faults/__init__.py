"""Kill things under load, and count what was lost or doubled: `python -m tests.faults`."""
