"""Random examples are the same in every run; ``pytest --hypothesis-profile=fresh`` draws others."""

from hypothesis import settings

settings.register_profile("fresh", deadline=None)
settings.register_profile("suite", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("suite")
