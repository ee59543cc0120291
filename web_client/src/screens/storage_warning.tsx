import { useQuery } from "@tanstack/react-query";

import { Problem } from "../looks/problem";
import { byteSize } from "../looks/time";
import { useParts } from "./parts";

/** Said before a recording, while something can still be done about it. */
export function StorageWarning() {
  const { outbox } = useParts();
  const { data: room } = useQuery({ queryKey: ["room"], queryFn: () => outbox.room(), staleTime: 0 });
  if (outbox.outdated) return <Outdated />;
  if (!outbox.durable) return <NotDurable />;
  if (room === undefined || !(room.nearlyFull || room.full)) return null;
  return (
    <Problem
      tone={room.full ? "bad" : "warn"}
      title={room.full ? "This browser has no room left" : "This browser has little room left"}
      what={`About ${byteSize(room.freeBytes)} are free for recordings that wait to be sent.`}
      safe="As long as the server can be reached, a recording is sent at once and needs little room."
      todo="Free some space on this computer, or let earlier recordings be sent first."
    />
  );
}

function Outdated() {
  return (
    <Problem
      tone="warn"
      title="This page is older than what is kept in this browser"
      what="It can neither read that nor add to it. What you record now is held in this tab alone."
      safe="What is kept in this browser stays there."
      todo="Load it anew when the server is back. If you record before, keep this tab open until everything is safe."
    />
  );
}

export function NotDurable() {
  return (
    <Problem
      tone="warn"
      title="This window keeps nothing when it is closed"
      what="The browser gives no lasting storage here; private windows often do that."
      safe="What the server has received is safe. What still waits to be sent is lost when this tab is closed."
      todo="Better record in an ordinary window, or keep this tab open until everything is safe."
    />
  );
}
