import { act } from "react";
import { afterEach, expect, test } from "vitest";

import { Sessions } from "../../src/screens/sessions";
import { WireError } from "../../src/wire/answer";
import {
  button,
  press,
  scriptedParts,
  scriptedRecording,
  session,
  show,
  takeDown,
  until,
  write,
} from "./scripted_parts";

afterEach(takeDown);

test("a session shows its title, length, state and progress, and leads to its review", async () => {
  const half = { recorded_ms: 761_000, transcribed_ms: 380_500, holes: [] };
  const item = session({ state: "transcribing", coverage: half });
  const { page } = await show(<Sessions />, scriptedParts({ items: [item], next_cursor: null }));
  await until(() => expect(page.querySelector("li")?.textContent).toContain("Annual check"));
  expect(page.querySelector("li")?.textContent).toMatch(/12:41.*Transcribing.*50 %/);
  expect(page.querySelector("li a")?.getAttribute("href")).toBe("/sessions/s1");
});

test("the session that is recorded in this tab leads to where it is recorded", async () => {
  const parts = scriptedParts({ items: [session({ state: "recording" })], next_cursor: null });
  parts.recordings.current.set(scriptedRecording());
  const { page } = await show(<Sessions />, parts);
  await until(() => expect(page.querySelector("li a")?.getAttribute("href")).toBe("/record/r1"));
  expect(page.querySelector("[role=status]")?.textContent).toBe("1 session");
});

test("no sessions at all, and none that fits, are different things", async () => {
  const parts = scriptedParts();
  const { page } = await show(<Sessions />, parts);
  await until(() => expect(page.textContent).toContain("No sessions yet"));
  const search = page.querySelector<HTMLInputElement>("#session-search");
  if (search === null) throw new Error("no search");
  await write(search, "knee ");
  await until(() => expect(page.textContent).toContain("No session fits"));
  expect(parts.api.sessions.mock.lastCall?.[0]).toMatchObject({ q: "knee" });
  await press(button("Show all sessions"));
  expect(search.value).toBe("");
});

test("older sessions come by the cursor", async () => {
  const parts = scriptedParts({ items: [session()], next_cursor: "next" });
  const { page } = await show(<Sessions />, parts);
  await until(() => expect(page.querySelectorAll("li")).toHaveLength(1));
  parts.api.sessions.mockResolvedValue({ items: [session({ session_id: "s2" })], next_cursor: null });
  await press(button("Show older sessions"));
  await until(() => expect(page.querySelectorAll("li")).toHaveLength(2));
  expect(parts.api.sessions.mock.lastCall?.[0]).toMatchObject({ cursor: "next" });
});

test("a server that is away is told, with what can be done all the same", async () => {
  const parts = scriptedParts();
  parts.api.sessions.mockRejectedValue(new WireError("unreachable", "no answer", true));
  const { page } = await show(<Sessions />, parts);
  await until(() => expect(page.textContent).toContain("Your sessions cannot be shown"));
  expect(page.textContent).toContain("You can start a recording all the same");
});

test("an unfinished recording is offered for resuming and for finishing", async () => {
  const parts = scriptedParts();
  const found = {
    ref: "r9",
    title: "Telephone call",
    startedAt: Date.now(),
    recordedMs: 61_000,
    elsewhere: false,
  };
  parts.recordings.unfinished.set([found as never]);
  const { page, visited } = await show(<Sessions />, parts);
  expect(page.textContent).toMatch(/“Telephone call”, begun today, .*1:01 long/);
  await press(button("Finish it"));
  expect(parts.recordings.finish).toHaveBeenCalledWith("r9", { takeOver: false });
  parts.recordings.resume.mockRejectedValueOnce(new WireError("elsewhere", "held", false));
  await press(button("Go on recording"));
  await until(() => expect(page.querySelector("[role=alert]")?.textContent).toContain("Another tab"));
  parts.recordings.resume.mockResolvedValueOnce(scriptedRecording());
  await press(button("Go on recording"));
  await until(() => expect(visited.at(-1)).toBe("/record/r9"));
});

test("one that another tab records is not finished from here", async () => {
  const parts = scriptedParts();
  const found = { ref: "r9", title: null, startedAt: Date.now(), recordedMs: 61_000, elsewhere: true };
  const { page } = await show(<Sessions />, parts);
  act(() => parts.recordings.unfinished.set([found as never]));
  expect(page.textContent).toContain("Another tab is recording");
  expect(() => button("Finish it")).toThrow();
});
