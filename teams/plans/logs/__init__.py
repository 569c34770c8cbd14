"""Work logs and the leader's draw (art. 5(1))."""
