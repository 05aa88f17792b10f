"""For all tests."""

import os

# Before torch is imported: its threads beside another job wait for each other more than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")
