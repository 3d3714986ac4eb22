"""Two pictures, one hand: learned, compared, searched for."""
