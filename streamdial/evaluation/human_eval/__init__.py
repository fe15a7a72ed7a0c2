"""Human evaluation: sheets for people to score, and their answers."""
