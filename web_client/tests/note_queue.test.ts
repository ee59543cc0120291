import { expect, it, vi } from "vitest";

import { MemoryOutbox } from "../src/outbox/memory_outbox";
import { NoteQueue } from "../src/upload/note_queue";
import { WireError } from "../src/wire/answer";
import { deferred } from "./deferred";

const SESSION = {
  ref: "ref",
  account: "user",
  title: null,
  patientId: null,
  language: null,
  consent: null,
  mediaType: "audio/ogg",
  sampleRate: 48_000,
  chunkSeconds: 15,
  startedAt: 0,
};

it.each(["is taken", "is refused"])("keeps a note that is changed while its older text %s", async (what) => {
  const outbox = new MemoryOutbox();
  await outbox.begin(SESSION);
  const [answered, written, never] = [deferred(), deferred(), deferred()];
  const putTypedNote = vi.fn(async () => {
    await (putTypedNote.mock.calls.length === 1 ? answered : never).promise;
    if (what === "is refused") throw new WireError("invalid", "not so", false);
  });
  const queue = new NoteQueue(outbox, { putTypedNote }, "ref");
  queue.started("session");
  await queue.put({ id: "a", atMs: 0, text: "older" });
  await vi.waitFor(() => expect(putTypedNote).toHaveBeenCalledTimes(1));

  const put = outbox.putNote.bind(outbox);
  const slow = vi.spyOn(outbox, "putNote").mockImplementationOnce(async (ref, note) => {
    await put(ref, note);
    await written.promise;
  });
  const changed = queue.put({ id: "a", atMs: 0, text: "newer" });
  await vi.waitFor(() => expect(slow).toHaveBeenCalled());
  answered.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  written.resolve();
  await changed;
  await vi.waitFor(() => expect(putTypedNote).toHaveBeenCalledTimes(2));
  expect(await outbox.notes("ref")).toMatchObject([{ text: "newer", refused: null }]);
});
