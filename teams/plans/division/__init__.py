"""分工协作 (art. 5 (二)): who develops and who serves a client is proposed, agreed to by both, approved, and then shared."""
