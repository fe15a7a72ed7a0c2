"""An account's world written down: schema, contents and tools, from which its database is made again anywhere."""

from __future__ import annotations

from streamdial.records import FrozenModel
from streamdial.tooluse.database import DomainDatabase
from streamdial.tooluse.schema import Contents, DomainSchema
from streamdial.tooluse.tools import Tool, Toolbox


class WorldRecord(FrozenModel):
    """What all dialogues with one agent share."""

    id: str
    """Hash of the database's contents, which dialogues name in `ToolDialogue.database`."""
    agent_persona_id: str
    database: DomainSchema
    contents: Contents
    tools: tuple[Tool, ...]

    def open_database(self) -> DomainDatabase:
        """Return the database as every dialogue finds it."""
        return DomainDatabase(self.database, self.contents)

    def open_toolbox(self) -> Toolbox:
        """Return the tools."""
        return Toolbox(self.tools)

    def list_entities(self) -> list[str]:
        """Return the names of what is sold."""
        return [str(row[self.database.entity]) for row in self.contents.rows]


def build_world(
    agent_persona_id: str, database: DomainSchema, contents: Contents, tools: tuple[Tool, ...]
) -> WorldRecord:
    """Return a world as a record; its id is the hash of the database it becomes."""
    made = DomainDatabase(database, contents)
    try:
        identity = made.hash_contents()
    finally:
        made.close()
    return WorldRecord(
        id=identity, agent_persona_id=agent_persona_id, database=database, contents=contents, tools=tools
    )
