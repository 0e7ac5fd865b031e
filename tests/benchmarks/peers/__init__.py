"""The other engines' programs.

Each runs in an environment of its own and imports nothing of ours but ``progress``, beside it.
"""
