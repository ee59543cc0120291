import { expect, test } from "vitest";

import { wavFile } from "../../src/capture/wav";

test("bytes of a WAV file", () => {
  const file = wavFile(Float32Array.from([0, 1, -1, 0.5, 2, -2]), 16_000);
  const view = new DataView(file.buffer);
  const ascii = (at: number, length: number): string =>
    String.fromCharCode(...file.subarray(at, at + length));
  expect(ascii(0, 4)).toBe("RIFF");
  expect(view.getUint32(4, true)).toBe(file.length - 8);
  expect(ascii(8, 8)).toBe("WAVEfmt ");
  const [format, channels] = [view.getUint16(20, true), view.getUint16(22, true)];
  expect({ size: view.getUint32(16, true), format, channels }).toEqual({ size: 16, format: 1, channels: 1 });
  expect(view.getUint32(24, true)).toBe(16_000);
  expect(view.getUint32(28, true)).toBe(32_000);
  expect([view.getUint16(32, true), view.getUint16(34, true)]).toEqual([2, 16]);
  expect(ascii(36, 4)).toBe("data");
  expect(view.getUint32(40, true)).toBe(12);
  expect([...new Int16Array(file.buffer, 44)]).toEqual([0, 32767, -32767, 16384, 32767, -32767]);
});
