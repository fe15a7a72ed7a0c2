"""The store: one interface to Qdrant, embedded or on a server, and the records kept in it."""

from streamdial.store._protocol import (
    CollectionSchema,
    Conditions,
    Hit,
    Payload,
    Point,
    Range,
    StoredPoint,
    Vector,
    VectorStore,
)
from streamdial.store.edge import EdgeStore
from streamdial.store.knowledge import EntityHit, find_entities
from streamdial.store.records import RecordStore, Storable, open_store
from streamdial.store.server import ServerStore

__all__ = [
    "CollectionSchema",
    "Conditions",
    "EdgeStore",
    "EntityHit",
    "Hit",
    "Payload",
    "Point",
    "Range",
    "RecordStore",
    "ServerStore",
    "Storable",
    "StoredPoint",
    "Vector",
    "VectorStore",
    "find_entities",
    "open_store",
]
