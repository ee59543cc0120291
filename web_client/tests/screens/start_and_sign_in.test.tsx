import { act } from "react";
import { afterEach, expect, test } from "vitest";

import { SessionExpired } from "../../src/screens/session_expired";
import { SignIn } from "../../src/screens/sign_in";
import { StartRecording } from "../../src/screens/start_recording";
import { WireError } from "../../src/wire/answer";
import type { LanguageList } from "../../src/wire/messages";
import {
  button,
  press,
  scriptedParts,
  scriptedRecording,
  show,
  takeDown,
  until,
  USER,
  write,
} from "./scripted_parts";
import { there } from "../there";

afterEach(takeDown);

function field(name: string): HTMLInputElement {
  const found = [...document.querySelectorAll("label")].find((label) => label.textContent === name);
  const input = found === undefined ? null : document.getElementById(found.htmlFor);
  if (!(input instanceof HTMLInputElement)) throw new Error(`no field ${name}`);
  return input;
}

test("without consent nothing is recorded", async () => {
  const parts = scriptedParts();
  const { page } = await show(<StartRecording />, parts, "/record");
  await press(button("Start recording"));
  expect(parts.recordings.begin).not.toHaveBeenCalled();
  expect(page.textContent).toContain("Without consent there is no recording.");
});

test("a recording begins with what was filled in and when consent was given", async () => {
  const parts = scriptedParts();
  parts.recordings.begin.mockResolvedValue(scriptedRecording());
  const { visited } = await show(<StartRecording />, parts, "/record");
  await write(field("Title"), " Follow-up ");
  await press(field("Consent was given"));
  await press(button("Start recording"));
  const [start] = parts.recordings.begin.mock.lastCall ?? [];
  expect(start).toMatchObject({ title: "Follow-up", consent: { given_by: "patient", how: "spoken" } });
  expect(start).not.toHaveProperty("patientId");
  expect(Date.parse((start?.consent as { at: string }).at)).not.toBeNaN();
  await until(() => expect(visited.at(-1)).toBe("/record/r1"));
});

test("only languages that can be heard are offered, and one that turns out not to be is left to the server", async () => {
  const parts = scriptedParts();
  parts.recordings.begin.mockResolvedValue(scriptedRecording());
  let tell = (_: LanguageList): void => undefined;
  parts.api.languages.mockReturnValue(new Promise((resolve) => (tell = resolve)));
  const { page } = await show(<StartRecording />, parts, "/record");
  const select = there(
    [...page.querySelectorAll("select")].find(({ labels }) => labels[0]?.textContent === "Spoken language"),
  );
  expect(select.options).toHaveLength(29);
  await act(async () => {
    select.value = "de";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await Promise.resolve();
  });
  expect(select.value).toBe("de");
  tell({ items: ["en", "cy"], recogniser_runs: true });
  await until(() =>
    expect([...select.options].map(({ text }) => text)).toEqual(["Detect it", "English", "Welsh"]),
  );
  expect(select.value).toBe("");
  await press(field("Consent was given"));
  await press(button("Start recording"));
  expect(parts.recordings.begin.mock.lastCall?.[0]).not.toHaveProperty("language");
});

test("a window that keeps nothing says so before the recording", async () => {
  const parts = scriptedParts();
  parts.outbox.durable = false;
  const { page } = await show(<StartRecording />, parts, "/record");
  await until(() => expect(page.textContent).toContain("This window keeps nothing when it is closed"));
});

test("a page older than what is kept says so before the recording, and not that the window keeps nothing", async () => {
  const parts = scriptedParts();
  Object.assign(parts.outbox, { durable: false, outdated: true });
  const { page } = await show(<StartRecording />, parts, "/record");
  expect(page.textContent).toContain("This page is older than what is kept in this browser");
  expect(page.textContent).toContain("Load it anew when the server is back.");
  expect(page.textContent).not.toContain("keeps nothing");
});

test("a wrong password is told apart from a server that is away", async () => {
  const parts = scriptedParts();
  const refused = new WireError("unauthenticated", "no", false);
  parts.account.state.set({ phase: "signed_out", user: null, error: refused });
  const { page } = await show(<SignIn />, parts, "/sign-in");
  expect(page.querySelector("[role=alert]")?.textContent).toContain("Email and password do not fit");
  const away = new WireError("unreachable", "no answer", true);
  act(() => parts.account.state.update((state) => ({ ...state, error: away })));
  expect(page.querySelector("[role=alert]")?.textContent).toContain("The server did not answer");
});

test("an expired sign-in asks for the password, can be put off, and stays within reach", async () => {
  const parts = scriptedParts();
  parts.account.state.set({ phase: "expired", user: USER, error: null });
  await show(<SessionExpired user={USER} />, parts);
  expect(document.querySelector("[role=dialog]")?.textContent).toContain("A recording under way goes on");
  await press(button("Not now"));
  expect(document.querySelector("[role=dialog]")).toBeNull();
  await press(button("Sign in"));
  await write(field(`Password of ${USER.email}`), "secret");
  await press(button("Sign in"));
  expect(parts.account.signIn).toHaveBeenCalledWith(USER.email, "secret");
});

test("while the server is away a recording can begin, and nobody is asked to load the page anew", async () => {
  const parts = scriptedParts();
  parts.reach.state.set(false);
  const { page } = await show(<StartRecording />, parts, "/record");
  expect(page.textContent).toContain("The server cannot be reached");
  expect(page.textContent).toContain("You can record all the same. It is kept in this browser");
  await act(async () => {
    parts.reach.state.set(true);
    await Promise.resolve();
  });
  expect(page.textContent).not.toContain("The server cannot be reached");
});

test("who is not signed in while the server is away is told that it takes the server", async () => {
  const parts = scriptedParts();
  parts.account.state.set({ phase: "signed_out", user: null, error: null });
  parts.reach.state.set(false);
  const { page } = await show(<SignIn />, parts, "/sign-in");
  expect(page.textContent).toContain("Nobody can sign in or record here until it is back.");
});

test("a server that is back is not said to be silent", async () => {
  const parts = scriptedParts();
  const away = new WireError("unreachable", "no answer", true);
  parts.reach.state.set(false);
  parts.account.state.set({ phase: "signed_out", user: null, error: away });
  const { page } = await show(<SignIn />, parts, "/sign-in");
  act(() => parts.reach.state.set(true));
  expect(page.querySelector("[role=alert]")).toBeNull();
  const refused = new WireError("unauthenticated", "no", false);
  act(() => parts.account.state.update((state) => ({ ...state, error: refused })));
  expect(page.querySelector("[role=alert]")?.textContent).toContain("Email and password do not fit");
});
