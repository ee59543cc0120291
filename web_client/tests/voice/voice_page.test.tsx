import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { VoicePage } from "../../src/voice/voice_page";
import { WireError } from "../../src/wire/answer";
import { FakeCapture, RATE } from "../fake_capture";
import { field } from "../screens/field";
import {
  button,
  press,
  scriptedParts,
  scriptedRecording,
  show,
  takeDown,
  until,
  write,
} from "../screens/scripted_parts";

const ENROLLED = { enrolled_at: "2026-11-22T12:00:00Z", name: "Dr. Weber" };

let parts: ReturnType<typeof scriptedParts>;
let capture: FakeCapture | null;

beforeEach(() => {
  capture = null;
  parts = scriptedParts();
  parts.openCapture.mockImplementation((options) => (capture = new FakeCapture(options)));
});

afterEach(() => {
  takeDown();
  vi.unstubAllGlobals();
});

async function speak(seconds: number): Promise<void> {
  await until(() => expect(capture).not.toBeNull());
  const rest = seconds * RATE;
  act(() => {
    if (capture === null) return;
    capture.rest = rest;
    capture.state.update((old) => ({ ...old, recordedSamples: rest }));
  });
  await until(() => expect(document.body.textContent).toContain(`${seconds} s recorded`));
}

async function begin(page: HTMLElement): Promise<void> {
  await until(() => expect(page.querySelector("form")).not.toBeNull());
  await write(field(page, "The name to show"), "Dr. Weber");
  const agreed = page.querySelector<HTMLElement>("input[type=checkbox]");
  if (agreed !== null) await press(agreed);
  await press(button("Record a sample"));
}

test("nothing is recorded without a name and consent", async () => {
  const { page } = await show(<VoicePage />, parts, "/voice");
  await until(() => expect(page.querySelector("form")).not.toBeNull());
  await press(button("Record a sample"));
  expect(page.textContent).toContain("Without your consent nothing is recorded");
  expect(parts.openCapture).not.toHaveBeenCalled();
});

test("a sample is read aloud and sent; then the page says since when the voice is enrolled", async () => {
  parts.api.enrolVoice.mockResolvedValue(ENROLLED);
  const { page } = await show(<VoicePage />, parts, "/voice");
  await begin(page);
  await speak(12);
  expect(page.textContent).toContain("8 s to go at least");
  expect(button("Done").hasAttribute("disabled")).toBe(true);
  await speak(22);
  await press(button("Done"));
  await until(() => expect(page.textContent).toContain("Enrolled on"));
  expect(page.querySelector("time")?.dateTime).toBe(ENROLLED.enrolled_at);
});

test("the server's words say what is wrong with a sample", async () => {
  parts.api.enrolVoice.mockRejectedValue(new WireError("invalid", "nobody is heard in the sample", false));
  const { page } = await show(<VoicePage />, parts, "/voice");
  await begin(page);
  await speak(22);
  await press(button("Done"));
  await until(() => expect(page.textContent).toContain("The server says: nobody is heard in the sample."));
  expect(field(page, "The name to show").value).toBe("Dr. Weber");
});

test("leaving the page closes the microphone", async () => {
  const { page } = await show(<VoicePage />, parts, "/voice");
  await begin(page);
  await speak(5);
  takeDown();
  await vi.waitFor(() => expect(capture?.state.get().phase).toBe("stopped"));
  expect(parts.api.enrolVoice).not.toHaveBeenCalled();
});

test("an enrolled voice can be recorded again, and is deleted after a question", async () => {
  parts.api.voice.mockResolvedValue(ENROLLED);
  const { page } = await show(<VoicePage />, parts, "/voice");
  await until(() => expect(page.textContent).toContain("Enrolled on"));
  await press(button("Record it again"));
  expect(field(page, "The name to show").value).toBe("Dr. Weber");
  await press(button("Cancel"));
  await press(button("Delete"));
  expect(parts.api.forgetVoice).not.toHaveBeenCalled();
  await press(button("Delete for ever"));
  await until(() => expect(page.textContent).toContain("Enrol your voice"));
  expect(parts.api.forgetVoice).toHaveBeenCalledOnce();
});

test("while a session is recorded in this tab, no sample is", async () => {
  parts.recordings.current.set(scriptedRecording());
  const { page } = await show(<VoicePage />, parts, "/voice");
  await until(() => expect(page.textContent).toContain("A recording is under way in this tab"));
  expect(page.querySelector("form")).toBeNull();
});
