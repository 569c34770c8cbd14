"""Killed workers, lost brokers, many at once. `python -m tests.faults [--reduced] [NAME…]`; see docs/quality.md.

Each part runs in a database of its own. Beside every check stands a negative control: a naive variant that must fail the
same test, or the test would prove nothing.
"""
