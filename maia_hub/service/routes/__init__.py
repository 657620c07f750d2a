"""The routes, one file per subject: HTTP in, one use case of `maia_hub.desk`, a view out."""
