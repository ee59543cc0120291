import { expect, it } from "vitest";

import { withoutAddress } from "../../src/review/drawing";

it("a drawing of the sound neither learns nor changes its address", () => {
  const sound = new Audio();
  const seen = withoutAddress(sound);
  sound.src = "/audio?ticket=1";
  const [address, found] = [sound.src, seen.currentSrc];
  expect(found).not.toBe("");
  seen.src = found;
  sound.src = "/audio?ticket=2";
  seen.src = found;
  expect(sound.src).toBe(address.replace("1", "2"));
  let heard = 0;
  seen.addEventListener("seeking", () => (heard += 1));
  sound.dispatchEvent(new Event("seeking"));
  seen.volume = 0.5;
  expect([heard, sound.volume, seen.paused]).toEqual([1, 0.5, sound.paused]);
});
