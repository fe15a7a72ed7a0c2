"""Sheets for people to score, and what they answered."""
