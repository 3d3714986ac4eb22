"""A model's answers over HTTP, and a page to try it on.

Takes uploaded pictures; gives JSON, the two pages, and metrics; keeps answers, no picture.

::

    serve                   the command: one process or several, on a port
    ├── app                 the application
    │   ├── openapi, endpoints      what answers at each path, and what is said of it
    │   │   ├── uploads, forms      pictures of a body, never beyond the limits
    │   │   ├── answer_cache, redis_store   what was said before, in memory or in Redis
    │   │   ├── inference   a few threads, and a short queue before them
    │   │   └── answers_json, facts_json    the form of every answer
    │   ├── page            the web page and the page of the API
    │   ├── watch           around every request: id, time, headers, log, metrics, problems
    │   └── state           what they share (limits, metrics)
    └── connections         what a request may take before the application sees it
"""
