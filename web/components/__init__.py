"""What several pages show: cards, what is asked, what comes next, people to choose from."""
