import { beforeEach, expect, test, vi } from "vitest";

import { base64 } from "../../src/voice/base64";
import { VoiceSampler } from "../../src/voice/voice_sampler";
import { WireError } from "../../src/wire/answer";
import type { VoiceSpoken, VoiceView } from "../../src/wire/messages";
import { FakeCapture, RATE } from "../fake_capture";

const VOICE: VoiceView = { enrolled_at: "2026-11-22T12:00:00Z", name: "Dr. Weber" };

let captures: FakeCapture[];
const enrol = vi.fn<(spoken: VoiceSpoken) => Promise<VoiceView>>();
let sampler: VoiceSampler;

beforeEach(() => {
  captures = [];
  enrol.mockReset();
  enrol.mockResolvedValue(VOICE);
  sampler = new VoiceSampler({
    openCapture: (options) => {
      const capture = new FakeCapture(options);
      captures.push(capture);
      return capture;
    },
    enrol,
  });
});

function microphone(): FakeCapture {
  const capture = captures.at(-1);
  if (capture === undefined) throw new Error("no microphone was opened");
  return capture;
}

/** So many seconds were heard since the beginning. */
function hear(seconds: number): void {
  const capture = microphone();
  capture.rest = seconds * RATE;
  capture.state.update((old) => ({ ...old, recordedSamples: capture.rest }));
}

function phase(): string {
  return sampler.state.get().phase;
}

test("a sample of twenty seconds may be ended, and is sent as one file with the name", async () => {
  await sampler.begin("Dr. Weber");
  hear(19);
  await sampler.finish();
  expect(phase()).toBe("recording");
  hear(20);
  await sampler.finish();
  expect(sampler.state.get()).toEqual({ phase: "enrolled", voice: VOICE });
  const audio = base64(new TextEncoder().encode("sound 0 from 0"));
  expect(enrol).toHaveBeenCalledExactlyOnceWith({
    name: "Dr. Weber",
    consent: true,
    media_type: "audio/ogg",
    audio,
  });
  expect(microphone().state.get().phase).toBe("stopped");
});

test("it ends by itself after thirty seconds", async () => {
  await sampler.begin("Dr. Weber");
  hear(30);
  await vi.waitFor(() => expect(phase()).toBe("enrolled"));
});

test.each(["refused", "no_microphone", "busy"] as const)(
  "a microphone that is %s is told",
  async (trouble) => {
    const begun = sampler.begin("Dr. Weber");
    microphone().trouble = trouble;
    await begun;
    expect(sampler.state.get()).toEqual({ phase: "trouble", trouble });
    await sampler.begin("Dr. Weber");
    expect([captures.length, phase()]).toEqual([2, "recording"]);
  },
);

test("a sample in which a piece is missing is not sent", async () => {
  await sampler.begin("Dr. Weber");
  hear(10);
  await microphone().record(5);
  expect(sampler.state.get()).toEqual({ phase: "trouble", trouble: "interrupted" });
  expect(enrol).not.toHaveBeenCalled();
});

test("what the server finds wrong with a sample is passed on, and the sample is let go", async () => {
  enrol.mockRejectedValueOnce(new WireError("invalid", "nobody is heard in the sample", false));
  await sampler.begin("Dr. Weber");
  hear(25);
  await sampler.finish();
  expect(sampler.state.get()).toEqual({
    phase: "refused",
    code: "invalid",
    message: "nobody is heard in the sample",
    again: false,
  });
  await sampler.again();
  expect(enrol).toHaveBeenCalledOnce();
});

test("where the server was away, the same sample can be sent again", async () => {
  enrol.mockRejectedValueOnce(new WireError("unreachable", "no answer", true));
  await sampler.begin("Dr. Weber");
  hear(25);
  await sampler.finish();
  expect(sampler.state.get()).toMatchObject({ phase: "refused", again: true });
  await sampler.again();
  expect(phase()).toBe("enrolled");
  expect(enrol.mock.calls[1]).toEqual(enrol.mock.calls[0]);
});

test("cancelling closes the microphone and sends nothing, also while the browser still asks", async () => {
  await sampler.begin("Dr. Weber");
  hear(25);
  sampler.cancel();
  await vi.waitFor(() => expect(microphone().state.get().phase).toBe("stopped"));
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const begun = sampler.begin("Dr. Weber");
  microphone().answered = answered;
  sampler.cancel();
  answer();
  await begun;
  expect([phase(), enrol.mock.calls.length]).toEqual(["idle", 0]);
  await vi.waitFor(() => expect(microphone().state.get().phase).toBe("stopped"));
});

test("bytes are written as Base64, however many", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, at) => at % 256);
  expect(Uint8Array.from(atob(base64(bytes)), (letter) => letter.charCodeAt(0))).toEqual(bytes);
});
