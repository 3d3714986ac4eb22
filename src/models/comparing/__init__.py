"""Two pictures, one hand: learned from works with their artists, compared, and searched for.

Takes a table of a network's rows, or pictures and a model; gives a model folder, comparisons, and
the works nearest to a picture.

::

    fit_same_artist         a table -> a model, with its figures
    ├── judging_hands       scores of pairs whose artists were left out (pairs, pair_figures)
    └── fit_space           a space, fitted (plda)
    compare                 the public functions: compare, compare_many (compare_pictures)
    └── reasons             the likeliest artists and the nearest known works
    similar                 the nearest of many works (neighbours)
    └── comparer            a model that is ready
        └── pair_folder     its files, written and checked
            ├── pair_space  where works lie, and two works' log-odds
            └── known_works those that are given as reasons
"""
