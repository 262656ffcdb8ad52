"""Where frames come from: this machine now; later, another tuimon."""
