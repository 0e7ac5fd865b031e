"""What is remembered: panes, author samples, tickets, activities, and how each is written down."""
