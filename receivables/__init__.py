"""Who owes what, what may be done about it today, and the proof."""
