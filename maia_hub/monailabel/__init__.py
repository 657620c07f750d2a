"""MONAI Label: an environment, an app and its images, one server, its OHIF, labels and what is learnt from them.

What belongs here: everything about MONAI Label that a panel, a magic or a command uses alike, and works with no
platform running. What never may: Jupyter, the hub, who may reach a server, a page; and no module of MONAI itself,
which lives only in the environment made for it, reached by processes, files and HTTP.
"""
