"""The guideline itself: its 28 articles, each linked to the screen that carries it out."""
