"""From posts of Reddit to ``data/raw``, by a recipe.

Takes posts of dumps, lists or the API, and a recipe; gives what it wants, in balanced classes.

::

    collect_reddit          the command
    └── looking             posts, each judged: what became of them, counted
        ├── dumps           files -> posts, without those of other subreddits
        │   └── lines       bytes of a file, compressed or not -> whole lines
        ├── judging         a post and a recipe -> accepted or why not, and its class
        │   └── patterns    regular expressions that cannot run away
        ├── selection       the accepted -> balanced, in order, with reserves
        ├── recipe          what is wanted (TOML), checked
        └── posts           a post, in one shape whatever it came from
"""
