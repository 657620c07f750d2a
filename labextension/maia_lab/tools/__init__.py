"""The project's tools, as JupyterLab, kernels and terminals have them.

Here belong the server's routes for the panel (`handlers`, `desk`), what the door tells (`place`, `door`), and how that
comes into kernels (`provisioner`), terminals (`shell`) and kernels that run (`magics`). What a tool is, how it is
started and reached is decided behind the door, and known here by HTTP alone. Nothing of it may keep a kernel or a
terminal from starting, and no credential is ever written to a log, a notebook or an address.
"""
