"""Exports: what leaves the system is recorded, marked with who took it, and goes away again."""
