"""MONAI Label in the workspace: the only door to it, and the routes of its panel.

What belongs here: who may ask a MONAI Label that runs beside this Jupyter server, and for what. What never may: what
MONAI Label is, how it starts and what becomes of labels; that is `maia_hub.monailabel`'s.
"""
