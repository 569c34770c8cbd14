"""Numbers without gaps or doubles: one run per series, scope and period."""
