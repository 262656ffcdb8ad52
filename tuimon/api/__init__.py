"""The headless front end: what was and is, over HTTP. The only room that knows a web framework."""
