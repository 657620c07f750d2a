"""The typed HTTP client of the service, sync and async, and the shapes that travel."""
