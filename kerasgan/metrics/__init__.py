"""Measuring: Frechet distance and its kin."""
