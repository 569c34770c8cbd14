"""The annual marketing plan of a team (art. 3, approved by the route of art. 4) and the cooperation agreements with banks."""
