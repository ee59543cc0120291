"""Templates of notes: those that come with Hearken, and those that an organisation made."""

from __future__ import annotations

import logging
from typing import Any, Final

from session_core.errors import EditConflict, Invalid, NotFound
from session_core.messages.note import TemplateList, TemplateSection, WireTemplate, WireWriter
from session_core.note_template import BUILT_IN, NoteTemplate, built_in, parse_template
from session_core.principal import Principal
from session_core.storage import note_templates, workers
from session_core.storage.database import Database
from session_core.storage.note_templates import StoredTemplate

MOST_TEMPLATES: Final = 100

log = logging.getLogger(__name__)


class NoteTemplates:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, principal: Principal) -> TemplateList:
        async with self._database.organisation(principal.org_id) as connection:
            stored = await note_templates.listed(connection)
            engines = await workers.engines(connection, workers.ALIVE_S)
        own = [_stored(template) for template in stored]
        writers = sorted({(engine.note_writer, engine.note_leaves) for engine in engines})
        return TemplateList(
            items=[_wire(built_in(name), built_in_=True) for name in BUILT_IN] + own,
            writers=[WireWriter(name=name, leaves=leaves) for name, leaves in writers],
        )

    async def save(self, principal: Principal, template_id: str, wanted: object) -> WireTemplate:
        """A new template, or the next version of one. :class:`Invalid` names each wrong field; :class:`EditConflict`
        where another version is there than the one that was edited."""
        _refuse_built_in(template_id)
        if not isinstance(wanted, dict):
            raise Invalid("the message must be an object")
        edited: Any = wanted.get("version")
        content = {name: value for name, value in wanted.items() if name not in ("version", "built_in")}
        async with self._database.organisation(principal.org_id) as connection:
            before = await note_templates.get(connection, template_id)
            if before is None and await note_templates.count(connection) >= MOST_TEMPLATES:
                raise Invalid(f"an organisation has {MOST_TEMPLATES} templates at most")
            if before is not None and edited is not None and edited != before.version:
                raise EditConflict("somebody else has changed the template since")
            version = before.version + 1 if before else 1
            template = parse_template(content | {"id": template_id, "version": version})
            if not await note_templates.save(connection, principal.org_id, principal.user_id, template):
                raise EditConflict("somebody else has changed the template since")
        return _wire(template, built_in_=False)

    async def delete(self, principal: Principal, template_id: str) -> None:
        """Notes that were written by it stay; sessions that are still to be need another one."""
        _refuse_built_in(template_id)
        async with self._database.organisation(principal.org_id) as connection:
            if not await note_templates.delete(connection, template_id):
                raise NotFound("there is no such template")


def _refuse_built_in(template_id: str) -> None:
    if template_id in BUILT_IN:
        raise Invalid("this template comes with Hearken and cannot be changed: save yours under another id")


def _stored(template: StoredTemplate) -> WireTemplate:
    try:
        return _wire(template.parsed(), built_in_=False)
    except Invalid:
        log.warning("a stored template of notes is not usable")
        return WireTemplate(id=template.id, name=template.id, version=template.version, built_in=False, sections=[])


def _wire(template: NoteTemplate, *, built_in_: bool) -> WireTemplate:
    return WireTemplate(
        id=template.id,
        name=template.name,
        version=template.version,
        built_in=built_in_,
        sections=[TemplateSection(**section.model_dump()) for section in template.sections],
    )
