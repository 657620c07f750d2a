"""Images of the project's archive, as JupyterLab's panel shows them.

Here belong the server's routes for the panel (`handlers`, `uploadhandlers`), what they share (`desk`), what takes its
time (`errands`), and what notebooks get by `maia_lab.images` (`tables`, `viewer`, `slices`, `bar`). All of it is wiring
to `maia_hub.imaging`: how images are found, moved and converted is that library's. Nothing here writes what is known of
a patient to a log or into an address.
"""
