"""Pipelines of diffusers: how they are loaded, placed on a device and asked. Imports diffusers only when called."""
