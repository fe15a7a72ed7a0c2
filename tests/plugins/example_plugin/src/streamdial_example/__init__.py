"""One plugin of each kind for StreamDial."""
