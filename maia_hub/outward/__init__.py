"""What leaves the house: messages to people, by e-mail and into their channels.

What may be here: how to reach others' systems, and what their answers mean. What never may: who is told what; that
is the desk's. What needs the library of channels is in `hooks` alone: only who sends there loads it.
"""

from maia_hub.outward.mail import Mailer
from maia_hub.outward.settings import MailSettings
from maia_hub.outward.trouble import Refused, Unreachable

__all__ = ["MailSettings", "Mailer", "Refused", "Unreachable"]
