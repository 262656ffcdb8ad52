"""Moving the screen in time: a cursor, what the history shows at it, and the timeline. Knows no Textual."""
