import { describe, expect, it, vi } from "vitest";

import { Player } from "../../src/review/player";
import { playerKeys } from "../../src/review/player_keys";
import { WireError } from "../../src/wire/answer";

/** An <audio> element that loads when it is told to. */
class FakeSound extends EventTarget {
  src = "";
  currentTime = 0;
  duration = NaN;
  readyState = 0;
  playbackRate = 1;
  preservesPitch = false;
  paused = true;

  load(): void {
    this.readyState = 0;
    this.currentTime = 0;
    this.playbackRate = 1;
  }

  loaded(seconds = 600): void {
    this.readyState = 4;
    this.duration = seconds;
    this.dispatchEvent(new Event("loadedmetadata"));
  }

  fail(): void {
    this.dispatchEvent(new Event("error"));
  }

  play(): Promise<void> {
    this.paused = false;
    this.dispatchEvent(new Event("play"));
    return Promise.resolve();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }

  hear(seconds: number): void {
    this.currentTime = seconds;
    this.dispatchEvent(new Event("timeupdate"));
  }

  removeAttribute(): void {
    this.src = "";
  }
}

function playing(ticket = vi.fn()) {
  const sound = new FakeSound();
  const clock = { now: 1_000 };
  let n = 0;
  ticket.mockImplementation(() => Promise.resolve({ url: `/audio?ticket=${(n += 1)}`, expires_in: 60 }));
  const player = new Player(sound, ticket, () => clock.now);
  return { sound, clock, player, ticket };
}

async function ready() {
  const made = playing();
  await made.player.open();
  made.sound.loaded();
  return made;
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("Player", () => {
  it("plays from where it was told to before there was any audio", async () => {
    const { player, sound, ticket } = playing();
    const opened = player.open();
    player.playFrom(12_500);
    await opened;
    expect(ticket).toHaveBeenCalledTimes(1);
    expect(player.positionMs).toBe(12_500);
    sound.loaded();
    expect([sound.currentTime, sound.paused]).toEqual([12.5, false]);
    expect(player.state.get()).toMatchObject({ phase: "ready", playing: true });
  });

  it("stays within the session wherever it was told to go before there was any audio", async () => {
    const { player, sound } = playing();
    player.expect(13_000);
    const opened = player.open();
    for (const ms of [5_000, 5_000, -5_000]) player.skip(ms);
    expect(player.position.get()).toBe(5_000);
    player.skip(15_000);
    expect(player.position.get()).toBe(13_000);
    await opened;
    player.skip(-2_000);
    sound.loaded(13);
    expect([sound.currentTime, player.positionMs]).toEqual([11, 11_000]);
  });

  it.each([0, 5_000])(
    "goes where it is told once there is audio that it has not heard of, from %d ms",
    async (ms) => {
      const { player, sound } = playing();
      await player.open();
      if (ms > 0) player.seek(ms);
      sound.readyState = 4;
      sound.duration = 600;
      player.skip(5_000);
      expect(player.positionMs).toBe(ms + 5_000);
      sound.loaded();
      expect([sound.currentTime, player.positionMs]).toEqual([(ms + 5_000) / 1000, ms + 5_000]);
    },
  );

  it("goes on where it was, at the same speed, when its ticket is refused while playing", async () => {
    const { player, sound, ticket } = await ready();
    player.setSpeed(1.5);
    player.play();
    sound.hear(321);
    sound.fail();
    await settled();
    expect(sound.src).toBe("/audio?ticket=2");
    sound.loaded();
    expect([sound.currentTime, sound.playbackRate, sound.paused]).toEqual([321, 1.5, false]);
    expect(ticket).toHaveBeenCalledTimes(2);
  });

  it("asks for a new ticket before it uses one that has run out", async () => {
    const { player, sound, clock } = await ready();
    clock.now += 59_000;
    player.seek(40_000);
    player.play();
    await settled();
    expect(sound.src).toBe("/audio?ticket=2");
    sound.loaded();
    expect([sound.currentTime, sound.paused]).toEqual([40, false]);
  });

  it("gives up after three failures with nothing heard in between, and begins anew when asked", async () => {
    const { player, sound, ticket } = await ready();
    player.play();
    for (let i = 0; i < 3; i += 1) {
      sound.fail();
      await settled();
    }
    expect(player.state.get()).toMatchObject({ phase: "failed", trouble: "audio" });
    expect(ticket).toHaveBeenCalledTimes(3);
    player.play();
    await settled();
    sound.loaded();
    expect(player.state.get()).toMatchObject({ phase: "ready", playing: true });
  });

  it("says why when no ticket is given", async () => {
    const { player, ticket } = playing();
    ticket.mockRejectedValue(new WireError("unreachable", "away", true));
    await player.open();
    expect(player.state.get()).toMatchObject({ phase: "failed", trouble: "unreachable" });
  });

  it("knows that the browser paused it", async () => {
    const { player, sound } = await ready();
    player.play();
    sound.pause();
    player.toggle();
    expect(sound.paused).toBe(false);
  });

  it("stays inside the recording and keeps the pitch", async () => {
    const { player, sound } = await ready();
    expect(sound.preservesPitch).toBe(true);
    player.skip(-5_000);
    expect(sound.currentTime).toBe(0);
    player.seek(1e9);
    expect(sound.currentTime).toBe(600);
  });

  it("has speeds from a half to three", async () => {
    const { player } = await ready();
    for (let i = 0; i < 20; i += 1) player.faster(1);
    expect(player.state.get().speed).toBe(3);
    for (let i = 0; i < 20; i += 1) player.faster(-1);
    expect(player.state.get().speed).toBe(0.5);
  });
});

describe("the keys of the review page", () => {
  const done: string[] = [];
  const keys = playerKeys({
    toggle: () => done.push("toggle"),
    skip: (ms) => done.push(`skip ${ms}`),
    faster: (by) => done.push(`faster ${by}`),
    word: (by) => done.push(`word ${by}`),
    segment: (by) => done.push(`segment ${by}`),
    follow: () => done.push("follow"),
    correct: () => done.push("correct"),
    note: () => done.push("note"),
    zoom: (step) => done.push(`zoom ${step}`),
  });

  it.each([
    ["Space", "toggle"],
    ["ArrowLeft", "skip -5000"],
    ["ArrowRight", "skip 5000"],
    ["Shift+ArrowLeft", "skip -15000"],
    ["l", "skip 15000"],
    [">", "faster 1"],
    ["-", "faster -1"],
    [".", "word 1"],
    ["[", "segment -1"],
    ["z", "zoom 1"],
    ["x", "zoom -1"],
    ["0", "zoom 0"],
  ])("%s does %s", (key, what) => {
    done.length = 0;
    keys.find((shortcut) => shortcut.keys.includes(key))?.run();
    expect(done).toEqual([what]);
  });

  it("gives no key two meanings", () => {
    const all = keys.flatMap((shortcut) => shortcut.keys);
    expect(new Set(all).size).toBe(all.length);
  });
});
