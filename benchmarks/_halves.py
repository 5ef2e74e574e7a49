"""Which problems constants may be chosen on, and which only judge: a rule, not a list."""

import hashlib

HALVES = ("tuning", "judging")
# The first whole number that puts 17 to 19 of the 36 real problems and about half of each family of
# the surrogates into each half, and no kind with more than one problem into one half alone. It was
# chosen before any optimiser had run on the real problems.
SALT = "1523"


def half(name):
    """The half that the problem of this name belongs to, by a hash of the name."""
    digest = hashlib.blake2b((SALT + name).encode(), digest_size=8).digest()
    return HALVES[digest[0] & 1]
