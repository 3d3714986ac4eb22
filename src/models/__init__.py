"""Fitted models, and what they answer: trained, stored, asked and explained.

Takes tables of measured pictures, or pictures and a model; gives model folders, and answers.

::

    train_model             a table -> a model folder
    ├── training            which rows, which families, the search, the calibration
    │   └── soft_vote_svc, soft_f1_classifier, kernel_logistic_regression  families of our own
    └── reporting           the leaderboard, the card, an explanation in words
    predict_model           the public functions: load_model, predict, predict_many
    ├── predict_pictures    the command
    │   └── write_answers   a search, a panel -> answers at once, or in a file after shards
    │       └── answer_formats  text, JSON; answer_tables: CSV, Parquet, Excel
    ├── predict_many        pictures -> answers, on all cores
    │   └── answers         rows -> scores -> answers, of several models at once
    │       └── standing    on which of a picture's colours a label stands
    └── registry            models by name, and which answers a task (list_models)
        ├── shelves         the folders that models stand in: shipped ones, your own
        ├── classifier      a model that is ready
        └── artifact        a model folder, and what is checked before it is believed
            ├── storage     the metadata, and an estimator as bytes that cannot run code
            └── scorer      probabilities by NumPy (duels: of an SVM, or kernel sums, at once)
    comparing               two pictures, one hand: learned, compared, searched for
    judging                 models and labelled pictures of one's own -> how good they are there
    explain_model           what each feature did for two classes
    studies                 what a model can do and goes by, in numbers

`kinds` holds all that differs between the kinds of question.
"""
