"""Jobs on Slurm systems and on this machine, as JupyterLab shows them.

Here belong the server's routes for the panel (`handlers`, `panel…`): wiring between a browser and `maia_hub.hpc`. What
a job is, how it is submitted and watched is that library's.
"""
