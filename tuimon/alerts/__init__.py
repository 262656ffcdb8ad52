"""Rules and what they find: a pure engine. Reads Snapshots, never the machine, the history or the screen."""
