"""What ends a search: its budget, a request to stop, or convergence."""
