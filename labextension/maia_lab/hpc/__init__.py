"""Jobs on Slurm systems and on this machine, as JupyterLab and notebooks show them.

Here belong the server's routes for the panel (`handlers`, `panel…`), and what needs a kernel: magics, handles, widgets
(`magics`, `doing`, `handles`, `widget`). Both are wiring to `maia_hub.hpc`: what a job is, how it is submitted and
followed is that library's. Loading the magics imports neither pandas nor ipywidgets; the first use does.
"""
