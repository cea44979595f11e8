"""Running graphs: sessions, context engines, batching and caches of vectors."""
