"""What the user passes in, checked before the first fit."""
