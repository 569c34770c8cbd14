"""Messages to a person, inside the application."""
