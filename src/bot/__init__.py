"""A chat that answers pictures, over Telegram's Bot API.

Takes messages; gives each one answer, also when it is killed in between; keeps no picture.

::

    run_bot                 the command: settings, models, one way in, the work
    ├── polling, webhook    the two ways in: what they bring is written down first (inbox)
    │   └── wanted          a message -> what it asks for
    ├── answering           what waits -> answers, chat by chat
    │   ├── looking         pictures -> what every model says, off the event loop
    │   └── wording         what models say -> a message and its buttons (texts, words)
    ├── telegram_api        the Bot API: its limits kept, failures waited out, no token in a log
    └── demonstrate         a conversation with the stand-in, printed
"""
