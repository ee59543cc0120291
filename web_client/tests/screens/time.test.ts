import { describe, expect, test } from "vitest";

import { byteSize, clock, day, isoDuration, roughly, spoken, when } from "../../src/looks/time";

const MINUTE = 60_000;
const NOW = new Date(2026, 10, 22, 14, 5).getTime();

describe("durations", () => {
  test.each([
    [0, "0:00"],
    [7_999, "0:07"],
    [12 * MINUTE + 41_000, "12:41"],
    [62 * MINUTE + 5_000, "1:02:05"],
    [-500, "0:00"],
  ])("%d ms on the clock", (ms, shown) => expect(clock(ms)).toBe(shown));

  test.each([
    [0, "0 seconds"],
    [61_000, "1 minute 1 second"],
    [2 * 60 * MINUTE, "2 hours"],
  ])("%d ms for a voice", (ms, said) => expect(spoken(ms)).toBe(said));

  test.each([
    [44_600, "45 s"],
    [59_900, "60 s"],
    [12.4 * MINUTE, "12 min"],
    [59.7 * MINUTE, "1 h"],
    [62 * MINUTE, "1 h 2 min"],
  ])("%d ms at a glance", (ms, shown) => expect(roughly(ms)).toBe(shown));

  test("a machine reads the same length", () => expect(isoDuration(62 * MINUTE + 5_000)).toBe("PT1H2M5S"));
});

describe("dates", () => {
  test("the last days have names, older ones a date, and another year is told", () => {
    expect(day(new Date(2026, 10, 22, 0, 1), NOW)).toBe("Today");
    expect(day(new Date(2026, 10, 21, 23, 59), NOW)).toBe("Yesterday");
    expect(day(new Date(2026, 10, 18, 9), NOW)).toBe("Wednesday");
    expect(day(new Date(2026, 10, 3, 9), NOW)).toMatch(/November/);
    expect(day(new Date(2026, 10, 3, 9), NOW)).not.toMatch(/2026/);
    expect(day(new Date(2024, 1, 29, 9), NOW)).toMatch(/2024/);
  });

  test("a clock that is ahead of ours makes no day of the week of it", () => {
    expect(day(new Date(2026, 10, 24, 9), NOW)).toMatch(/November/);
  });

  test("the time of day stands after the day", () => expect(when(NOW, NOW)).toMatch(/^Today, \D*\d{1,2}:05/));
});

test("sizes are told in the unit that fits", () => {
  expect(byteSize(0)).toMatch(/^0\s?byte/);
  expect(byteSize(3_400_000)).toMatch(/^3.4\s?MB$/);
});
