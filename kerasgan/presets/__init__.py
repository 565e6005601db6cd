"""The preset folder: config, metadata, recipe, weights, card; loading and saving."""
