"""One process over the whole screen: what it is, what it has, who it belongs to, and its past. Knows no Textual."""
