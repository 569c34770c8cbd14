"""Pay: intake of what the run needs, schemes, the reckoning, monthly runs."""
