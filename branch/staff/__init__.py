"""People as pages: the list, one person, roles and why, delegation."""
