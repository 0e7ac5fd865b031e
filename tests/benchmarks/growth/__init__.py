"""How cost grows: each module answers a few of the questions with a curve and a figure."""
