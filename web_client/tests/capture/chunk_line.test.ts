import { expect, test } from "vitest";

import { ChunkLine } from "../../src/capture/chunk_line";
import type { Cut } from "../../src/capture/cutter";
import type { RecordedChunk } from "../../src/capture/recorded_chunk";

function cut(firstSample: number): Cut {
  return { firstSample, sampleCount: 10, samples: new Float32Array(10), lead: 0, tail: 0 };
}

/** An outbox that can be slow or refuse, and an encoder that finishes early what came late. */
class Scene {
  readonly kept: RecordedChunk[] = [];
  readonly released: Cut[] = [];
  refusals = 0;
  mostWaiting = 0;
  open: () => void = () => undefined;
  private opened: Promise<void> = Promise.resolve();

  readonly line = new ChunkLine({
    firstSeq: 7,
    encode: async ({ firstSample }) => {
      await new Promise((resolve) => setTimeout(resolve, firstSample === 0 ? 20 : 0));
      return { mediaType: "audio/wav", bytes: new Uint8Array(20) };
    },
    onChunk: async (chunk) => {
      await this.opened;
      if (this.refusals > 0) {
        this.refusals -= 1;
        throw new Error("full");
      }
      this.kept.push(chunk);
    },
    onEncoded: (done) => this.released.push(done),
    onChange: () => undefined,
    mostBytes: 100,
    retryMs: 1,
  });

  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

test("chunks are handed on in order, numbered on, their memory given back", async () => {
  const scene = new Scene();
  scene.line.add([cut(0), cut(10)]);
  scene.line.add([cut(20)]);
  await scene.line.empty();
  expect(scene.kept.map(({ seq, firstSample }) => [seq, firstSample])).toEqual([
    [7, 0],
    [8, 10],
    [9, 20],
  ]);
  expect(scene.released.length).toBe(3);
});

test("what the outbox refuses is offered again, and it is told", async () => {
  const scene = new Scene();
  scene.refusals = 3;
  const told: boolean[] = [];
  scene.line.add([cut(0), cut(10)]);
  const empty = scene.line.empty();
  while (scene.refusals > 0) await new Promise((resolve) => setTimeout(resolve));
  told.push(scene.line.failing);
  await empty;
  told.push(scene.line.failing);
  expect(scene.kept.map(({ seq }) => seq)).toEqual([7, 8]);
  expect(told).toEqual([true, false]);
});

test("a slow outbox makes the line crowded until half of the memory is free", async () => {
  const scene = new Scene();
  scene.close();
  scene.line.add([cut(10), cut(20)]);
  expect(scene.line.crowded).toBe(false);
  scene.line.add([cut(30)]);
  expect(scene.line.crowded).toBe(true);
  scene.open();
  await scene.line.empty();
  expect(scene.line.crowded).toBe(false);
  expect(scene.kept.length).toBe(3);
});
