"""What is measured of a picture: numbers, under a spec that says which and how.

Takes pictures, or a table that names them; gives a row of features for each, and its palette.

::

    build_features          interim -> processed
    ├── measured_table      a table's pictures, in shards that an interrupt does not undo
    ├── embedding_table     the same of a network's rows, each measured once for all tables
    │   └── measured_rows       rows of files, for whoever wants them; manage_rows lists them
    └── gallery_table       the built-in gallery's, as they are painted
        └── measuring       a picture, once for all models
            ├── specs       which numbers: extract_features, extract_features_v2
            │   ├── basic_colors    which of eleven colours a pixel is
            │   └── embedding       what a network says of a picture without its borders
            │       └── backbones   which networks there are
            └── palette     the few colours of a picture
    manage_backbones    the networks, listed; new_backbone adds one
    color_names             what people call a colour; it looks up color_cells of oklab
    works                   which pictures show one work, and whether a work is among known ones
    └── near_rows           by the cosine of their rows
    paths_job               what a command names, measured at once or in shards
    ├── lasting_pictures    but for what networks measured before
    └── picture_paths       files, folders, patterns; path_lists: lists, standard input
        └── picture_addresses    of the web, of files, and those that hold a picture
"""
