import { expect, test } from "vitest";

import { HeldChunks } from "../src/upload/held_chunks";
import { chance, entry } from "./chunks";

const DIGEST = "00ff10".padEnd(64, "a9");

test("a chunk that the server lost comes back as it was recorded", () => {
  const chunks = new HeldChunks();
  const recorded = {
    ...entry(3, 4_000_000_000),
    firstSample: 24 * 3600 * 48_000 + 1,
    sampleCount: 60 * 48_000,
    mediaType: "audio/wav" as const,
    sha256: DIGEST,
  };
  chunks.add(recorded);
  chunks.underWay(3);
  chunks.stored(3);
  expect([chunks.storedCount, chunks.lowestReady()]).toEqual([1, null]);
  expect(chunks.safeThroughSample()).toBe(recorded.firstSample + recorded.sampleCount);
  expect(chunks.heldByServer(() => false)).toEqual({ found: [], lost: [3] });
  expect(chunks.lowestReady()).toEqual({ ...recorded, fate: "stored" });
  expect([chunks.storedCount, chunks.count("ready"), chunks.safeThroughSample()]).toEqual([0, 1, 0]);
});

test("what was released is neither lost nor released again, and stays safe", () => {
  const chunks = new HeldChunks();
  for (const seq of [0, 1, 2]) {
    chunks.add(entry(seq));
    chunks.stored(seq);
  }
  chunks.released(0);
  expect(chunks.heldByServer((seq) => seq === 1)).toEqual({ found: [], lost: [2] });
  expect(chunks.storedSeqs()).toEqual([1]);
  expect(chunks.safeThroughSample()).toBe(200);
});

test("a stored chunk is still set aside where its copy is damaged", () => {
  const chunks = new HeldChunks();
  chunks.add({ ...entry(0), fate: "stored" });
  chunks.refused(0);
  expect([chunks.storedCount, chunks.count("refused"), chunks.safeThroughSample()]).toEqual([0, 1, 0]);
});

test("a chunk that is told of again stays as it is", () => {
  const chunks = new HeldChunks();
  chunks.add(entry(0));
  chunks.add({ ...entry(0), fate: "stored" });
  expect([chunks.storedCount, chunks.count("ready")]).toEqual([0, 1]);
  chunks.stored(0);
  chunks.add(entry(0));
  expect([chunks.storedCount, chunks.count("ready")]).toEqual([1, 0]);
});

test("whatever happens to thousands of chunks, counts and the safe end are those of a plain list", () => {
  const random = chance(7);
  const chunks = new HeldChunks();
  const fates: ("ready" | "stored" | "refused" | "released")[] = [];
  for (let step = 0; step < 3_000; step += 1) {
    const seq = fates.length;
    if (step < 2_000) {
      chunks.add(entry(seq));
      fates.push("ready");
    }
    const some = Math.floor(random() * fates.length);
    if (fates[seq] === "ready" && random() < 0.9) {
      chunks.stored(seq);
      fates[seq] = "stored";
    } else if (fates[some] === "stored" && random() < 0.3) {
      chunks.released(some);
      fates[some] = "released";
    } else if (fates[some] === "ready" && random() < 0.3) {
      chunks.refused(some);
      fates[some] = "refused";
    }
    if (step % 500 !== 499) continue;
    const held = fates.map(() => random() < 0.9);
    chunks.heldByServer((each) => held[each] === true);
    fates.forEach((fate, each) => {
      if (fate === "ready" || fate === "stored") fates[each] = held[each] === true ? "stored" : "ready";
    });
    const count = (wanted: string) => fates.filter((fate) => fate === wanted).length;
    expect([chunks.count("ready"), chunks.storedCount]).toEqual([count("ready"), count("stored")]);
    expect(chunks.count("refused")).toBe(count("refused"));
    const unsafe = fates.findIndex((fate) => fate === "ready" || fate === "refused");
    const safe = unsafe === -1 ? fates.length : unsafe;
    expect(chunks.safeThroughSample()).toBe(safe * 100);
    const first = fates.indexOf("ready");
    expect(chunks.lowestReady()?.seq).toBe(first === -1 ? undefined : first);
  }
});
