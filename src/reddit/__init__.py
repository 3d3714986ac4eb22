"""From posts of Reddit to ``data/raw``, by a recipe.

Takes posts of dumps, lists or the API, and a recipe; gives what it wants, in balanced classes.

::

    collect_reddit          the command
    └── dry_run             what would be taken: counts, titles, a row a post
        ├── looking         posts, each judged, and what became of all
        │   ├── dumps       files -> posts, without those of other subreddits
        │   │   └── lines   files, packed or not -> whole lines
        │   └── judging     a post and a recipe -> accepted or why not, and its class
        │       └── patterns    regular expressions that cannot run away
        ├── selection       the accepted -> balanced, in order, with reserves
        ├── recipe_file     TOML -> recipe, which says what is wanted; faults with line and key
        └── posts           a post, in one shape whatever it came from
"""
