"""The command line: reports of searches and of their journals."""
