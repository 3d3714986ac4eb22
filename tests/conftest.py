import signal

from hypothesis import settings

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("artlens", derandomize=True, deadline=None)
settings.load_profile("artlens")

# A shell's background job ignores interrupts and hands that on; the tests of Ctrl-C need them.
signal.signal(signal.SIGINT, signal.default_int_handler)
