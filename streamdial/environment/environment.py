"""An account's environment as a record: schema, contents and tools, from which its database is rebuilt anywhere."""

from __future__ import annotations

from contextlib import closing

from streamdial.environment.database import DomainDatabase
from streamdial.environment.schema import Contents, DomainSchema
from streamdial.environment.tools import Tool, Toolbox
from streamdial.ids import make_id
from streamdial.records import FrozenModel


class EnvironmentRecord(FrozenModel):
    """What all dialogues with one agent share."""

    id: str
    """Of agent, contents and tools; dialogues name it in `ToolDialogue.world`."""
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


def build_environment(
    agent_persona_id: str, database: DomainSchema, contents: Contents, tools: tuple[Tool, ...]
) -> EnvironmentRecord:
    """Return an environment as a record; the same contents with other tools over them are another environment."""
    with closing(DomainDatabase(database, contents)) as made:
        held = made.hash_contents()
    identity = make_id("world", agent_persona_id, held, [tool.model_dump(mode="json") for tool in tools])
    return EnvironmentRecord(
        id=identity, agent_persona_id=agent_persona_id, database=database, contents=contents, tools=tools
    )
