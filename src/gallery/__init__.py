"""The built-in museum, and what stands in for other sites: pictures and pages, with faults.

Takes a seed; gives the same pictures and pages each time, in memory, as files or over HTTP.

::

    museum, forum               a site as a process of its own (stand_in), while a block lasts
    └── serve_gallery, serve_forum
        ├── http_server         a site on a socket, and the log of its visits
        ├── replies             the museum: pages (site_pages) of works, thumbnails
        ├── forum_site          Reddit and its hosts of pictures, out of forum_posts
        └── faults              what goes wrong, on which requests, how often
    paintings                   pictures in a colour      (composition, grading)
    medium_pictures             pictures in a medium
"""
