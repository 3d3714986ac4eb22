"""Tables, and pictures of one's own: from any form that people keep them in to clean rows.

Takes files of others; gives tables that keep their schemas, and pictures that are there.

::

    make_dataset            raw -> interim, with what is left out and why
    ├── cleaning            what keeps a picture out, and which of several copies stays
    └── near_duplicates     which pictures show one work
        ├── fingerprints    what is known of each: digests, its size, its perceptual_hash
        └── second_look     at pairs, by their local_matches; which to keep
            └── shared_points   which pairs are worth it, of all that there are
    import_pictures         a source -> raw            export_pictures  and out again
    import_unsplash         Unsplash's data set -> raw (what it came to: unsplash_outcome)
    └── unsplash_photos     photos with what is known of each, and the tables that say it
        ├── unsplash_tables     photos and keywords, in any edition
        └── unsplash_tags       keywords with confidences -> yes, no, not known
    gathering               a source -> its pictures where they lie, of which nothing is kept
    ├── bringing            link, copy, unpack or fetch pictures
    └── sources             which pictures a source has, and what it says of them
        ├── matching        what the columns of its table mean
        ├── class_folders       folders of classes, their mangled names, a table of classes
        ├── parquet_pictures, annotations              where labels stand in other forms
        └── trees           a folder or an archive, as one thing
            └── archives    ZIP and TAR, of which nothing leaves its folder
    stage_options           what several stages can be asked
    tables                  the doors through which every table is read and written
    ├── schemas             the form of each
    ├── columns             cells -> columns of types
    │   └── cells           CSV (src/dialects), JSON lines, Parquet, Excel -> cells
    └── sinks               rows -> CSV, Parquet
"""
