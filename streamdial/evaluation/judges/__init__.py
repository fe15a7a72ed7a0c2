"""Models that score dialogues by written criteria."""
