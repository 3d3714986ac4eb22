"""From the museum's colour pages to ``data/raw``.

Takes a site and colours; gives a table of its works and their pictures, whole or known to be not.

::

    scrape_pictures, upkeep     the commands (their options: options)
    └── phases                  collect, download, visit, write the tables
        ├── supervisor          hands colours to workers and commits what they find
        │   └── worker          a process with a browser of its own
        │       ├── collect     one colour's list, to an end that is proven
        │       └── browser     Chrome (chrome), and the script in its page (grid.js)
        ├── details             works' own pages
        ├── store               what is known, on top of the downloads' ledger; one writer
        ├── manifest            the tables that are left behind
        └── summary             events while it runs, and what it came to

Only the supervisor's process downloads (`fetching`), writes to the state and lets browsers go on,
so one gate holds for all. ``addresses`` is pure; ``run`` is what the parts of a run share.
"""
