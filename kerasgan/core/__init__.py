"""The engine: networks, players and turns, and what all models share."""
