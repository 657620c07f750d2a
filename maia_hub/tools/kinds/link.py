"""A link to anything else: the platform shows it and does not stand in between."""

from maia_hub.tools.model import Kind, Page

KIND = Kind(name="link", title="Link", page=Page.OUTSIDE)
