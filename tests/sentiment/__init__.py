"""How well sentiment is told, measured on labelled texts: ``python -m tests.sentiment FILE``."""
