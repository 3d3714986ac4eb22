"""How quick the page of a collection is in a browser, with made-up collections of any size."""
