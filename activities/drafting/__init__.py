"""From a sentence to a draft of a pipeline: what there is, the search by meaning, and asking a provider."""
