"""The resident process: one for each user, shown by a key, reached by commands, always up to date.

`service.resident` is all of it; nothing is imported here, so that its parts can be had one by one.
"""
