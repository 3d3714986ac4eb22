"""From posts of Reddit to ``data/raw``, by a recipe.

Takes posts of dumps, lists or the API, and a recipe; gives what it wants, in balanced classes.

::

    collect_reddit, look_after      the commands (their options: asking_options)
    ├── dry_run                     what would be taken: counts, titles, a row a post
    ├── collecting                  look once, fetch, write the tables; rebuilding fetches a table
    │   ├── gathering_pictures      pictures of the chosen, each once (placeholders are none)
    │   │   └── choosing            which posts, after what is known to be gone
    │   ├── api                     posts of Reddit's API, through one gate
    │   ├── post_store              what is known, on top of the downloads' ledger; one writer
    │   ├── post_tables             the tables that are left behind
    │   ├── collected               what it came to, in words and numbers
    │   └── run_parts               what the parts of a run share
    └── looking                     posts, each judged, and what became of all
        ├── dumps                   files -> posts, without those of other subreddits
        │   └── lines               files, packed or not -> whole lines
        ├── judging                 a post and a recipe -> accepted or why not, and its class
        │   └── patterns            regular expressions that cannot run away
        ├── selection               the accepted -> balanced, in order, with reserves
        ├── recipe_file             TOML -> recipe, which says what is wanted; faults with line
        └── posts                   a post, in one shape whatever it came from
"""
