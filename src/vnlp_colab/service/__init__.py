"""The HTTP service: annotation over the network, and a page to try it on. Needs the extra ``serve``."""
