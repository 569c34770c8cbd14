"""Who did what, when: append-only rows, sealed into a hash chain."""
