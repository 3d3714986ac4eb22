"""One HTTP client, one brake per host, one state that survives a kill: for every collector.

Takes addresses; gives checked pictures on the disk, or the reason why there is none.

::

    downloads               requests -> stored pictures or failures, many hosts at a time
    ├── threads             work that a Ctrl-C ends in good order
    ├── ledger              what became of each, in SQLite; one writer, one run a folder
    └── hosts               robots, rate, pauses and circuit breaker of each host
        └── client          one answer, and whether it is a picture
            └── refusal     how a host says no
                └── outside addresses and text, of which nothing may be assumed

Around it: ``collected_folder`` (where a collection lies), ``damage`` (whether its files are those
that were stored), ``exports`` (its tables), ``pauses`` (leaving a site alone over runs) and
``reporting`` (what a run tells).
"""
