"""What lets a tool that knows no sign-in be used by the door alone; each runs in the tool's own environment."""
