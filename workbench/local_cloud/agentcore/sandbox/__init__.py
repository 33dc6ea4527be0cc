"""Code interpreter and browser sessions of the local cloud. A stand-in, and no security boundary (see `isolation`)."""
