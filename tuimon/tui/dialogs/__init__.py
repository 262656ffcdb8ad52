"""Boxes over the screen that ask something. They know no Textual and nothing of what they are asked for."""
