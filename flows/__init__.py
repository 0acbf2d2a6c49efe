"""Composition: the pipeline as plain functions, the command line, and the Prefect flow over both."""

import os

# Prefect reports its first use to its makers while it is imported, unless this is set by then.
os.environ.setdefault("DO_NOT_TRACK", "1")
