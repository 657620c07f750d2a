"""One SSH connection to a system, shared by all who use it: sign-in, host keys, commands, files.

Here belongs what speaks SSH. Who may use a connection, and what jobs are, never does.
"""
