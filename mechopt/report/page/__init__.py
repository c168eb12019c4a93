"""The page that `mechopt report` writes, and what notebooks show."""
