"""工作台: what waits for this person, from every app that signs the register."""
