from hypothesis import settings

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("artlens", derandomize=True, deadline=None)
settings.load_profile("artlens")
