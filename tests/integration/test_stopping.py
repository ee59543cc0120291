"""What nodes and workers leave behind when they are told to stop: nothing that is still open."""

from __future__ import annotations

from pathlib import Path

from hearken.embedded import Services
from tests.installation import installation_on, until
from tests.peer import peer


async def test_a_node_and_a_worker_that_stop_close_every_connection(services: Services, tmp_path: Path) -> None:
    async with installation_on(services, tmp_path) as installation:
        installation.environ["PYTHONWARNINGS"] = "default::ResourceWarning"
        node, worker = await installation.start_node(), await installation.start_worker()
        token = await installation.token(node, installation.ann)
        async with peer(node.url, token) as one:
            session = await one.start()
            await one.ok("session.watch", {"session_id": session, "after": 0})
            await one.ok("session.stop", {"session_id": session, "last_seq": -1})
            await until(lambda: any(event["data"] == {"state": "ready"} for event in one.events(session)))
        logout = installation.http.post(f"{node.url}/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
        async with logout as answer:
            assert answer.status == 204
        assert (await worker.terminate(), await node.terminate()) == (0, 0)
        assert "unclosed" not in installation.said()
