"""A slot is one child process that runs tools: killed without harm, replaced at once, without a network."""
