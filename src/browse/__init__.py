"""A collection of pictures as a web site on disk, to browse by colour, medium, hand and likeness.

Takes what names pictures, or a table of them; gives a folder that a browser opens without a server.

::

    browse_pictures         the command
    ├── named_pictures      which pictures, and what a table says of them
    ├── collection          all of them seen, asked and compared
    │   ├── glances         one look at each file, of which all is kept
    │   │   └── small_pictures      in two sizes, by content
    │   ├── wall_order      a path on which neighbours look alike
    │   ├── nearest_works   of each work, by look and by hand
    │   └── likeness_map    a place for each work
    ├── write_site          collection -> files
    │   ├── filters         what pictures can be chosen by
    │   ├── data_files      the data that the page loads
    │   └── plain_pages     pages without scripts
    └── site_folder         the old site or the new one, at any moment
"""
