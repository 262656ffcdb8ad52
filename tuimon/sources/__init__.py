"""Where frames come from: this machine now; a recorded history, another tuimon."""
