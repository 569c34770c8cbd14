"""Every write of the room: reversals of what is approved, corrections of what is paid."""
