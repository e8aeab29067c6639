"""The whole platform on one machine: real servers from package registries, started, watched and stopped by us."""
