"""Composition: the pipeline as plain functions, the Prefect flows around it, settings, the command line."""
