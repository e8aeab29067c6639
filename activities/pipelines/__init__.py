"""What a pipeline's run does to the world: opens its steps, computes the ones that need no tool, and ends it."""
