"""Long pieces of work: a row each, with a lease and a heartbeat, so that a dropped one is taken up again."""
