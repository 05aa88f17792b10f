"""Label cleaning, with a trail of every change."""
