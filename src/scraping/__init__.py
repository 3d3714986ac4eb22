"""From the museum's colour pages to ``data/raw``.

::

    scrape_pictures, upkeep     the commands
    └── pipeline                collect, download, visit, write the tables
        ├── supervisor          hands colours to workers and commits what they find
        │   └── worker          a process with a browser of its own
        │       ├── collect     one colour's list, to an end that is proven
        │       └── browser     Chrome (chrome), and the script in its page (grid.js)
        ├── download, details   pictures, and works' own pages, by threads
        │   ├── fetch           one answer: checked, and stored whole or not at all
        │   └── hosts, gate     robots, rate, pauses and circuit breaker of each host
        ├── store               what is known, in SQLite (tables); one writer
        └── manifest            the tables that are left behind

Only the supervisor's process downloads, writes to the state and lets browsers go on, so one gate
holds for all. ``site`` and ``refusal`` are pure; ``messages`` is what goes through the pipes.
"""
