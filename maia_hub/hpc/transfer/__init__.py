"""Folders to a system and results back: only what changed travels, and no half file ever has its final name.

Here belongs what is compared, packed, sent and verified. Whose files they are, and what a job does with them, does not.
At the other end stand the GNU tools that every Linux has: find, tar, sha256sum, split, mv.
"""
