import { expect, it } from "vitest";

import { closest, possible, shownMs, zoomed } from "../../src/review/zoom";

const MINUTE = 60_000;

it("doubles and halves between the whole session and some twenty seconds", () => {
  const hour = 60 * MINUTE;
  let zoom = 1;
  const shown: number[] = [];
  for (let step = 0; step < 10; step += 1) {
    shown.push(shownMs(zoom, hour));
    zoom = zoomed(zoom, 1, hour);
  }
  expect(shown.slice(0, 3)).toEqual([hour, hour / 2, hour / 4]);
  expect(shown.at(-1)).toBe(hour / 128);
  expect(shown.at(-1)).toBeGreaterThanOrEqual(20_000);
  expect(zoomed(zoom, -1, hour)).toBe(64);
  expect(zoomed(1, -1, hour)).toBe(1);
});

it("has nothing closer for a session that fits", () => {
  for (const length of [0, 1, 20_000, 39_999]) {
    expect(closest(length)).toBe(1);
    expect(zoomed(1, 1, length)).toBe(1);
    expect(shownMs(8, length)).toBe(length);
  }
  expect(closest(40_000)).toBe(2);
});

it("keeps what was chosen while the session grows, and no more than there is", () => {
  expect(possible(4, 60 * MINUTE)).toBe(4);
  expect(possible(64, 2 * MINUTE)).toBe(4);
});
