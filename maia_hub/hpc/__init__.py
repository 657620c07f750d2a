"""Jobs on Slurm systems reached by SSH, and as plain processes on this machine: a library.

Here belongs what a system is, what a job is, how it becomes a batch script, and how it is sent, submitted once,
watched and fetched. Jupyter never does: magics and panels are built on this from outside, and so is the `maia`
command. Whatever touches a system does so through `Transport` alone, so that all of it runs on a second, local one.
"""
