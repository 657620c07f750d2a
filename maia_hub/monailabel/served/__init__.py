"""What runs in MONAI Label's own environment, where nothing of MAIA Hub can be imported: `maia_served`, by its path.

What belongs here: the word at its door, how a bad app is told of, how training is asked to save. What never may: a
decision about who may do what.
"""
