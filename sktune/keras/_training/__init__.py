"""How a network is trained: reproducibly, and side by side with others."""
