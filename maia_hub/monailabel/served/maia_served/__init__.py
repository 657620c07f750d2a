"""MONAI Label as its own command starts it, behind a word that only those who started it know."""
