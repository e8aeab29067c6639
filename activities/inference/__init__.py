"""Engines: loaded networks with a name, and the weights that they are made of. Tools reach them by name only."""
