"""Which journal a search may go on with, what it had drawn, and how it goes on."""
