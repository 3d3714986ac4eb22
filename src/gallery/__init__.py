"""The built-in museum, and what stands in for other sites: pictures and pages, with faults.

Takes a seed; gives the same pictures and pages each time, in memory, as files or over HTTP.

::

    museum, forum, chat         a site as a process of its own (stand_in), while a block lasts
    └── serve_gallery, serve_forum, serve_chat
        ├── http_server         a site on a socket, and the log of its visits
        ├── replies             the museum: pages (site_pages) of works, thumbnails
        ├── forum_site          Reddit and its hosts of pictures, out of forum_posts
        ├── chat_site           Telegram's Bot API, and who writes to a bot (chat_people)
        ├── photo_host          the host of Unsplash's pictures, in a thread of this process
        └── faults              what goes wrong, on which requests, how often
    paintings                   pictures in a colour      (composition, grading)
    medium_pictures             pictures in a medium
"""
