"""The terminal front end: the only room that knows Textual."""
