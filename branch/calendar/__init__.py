"""Which days are worked, which are statutory holidays, which are trading days."""
