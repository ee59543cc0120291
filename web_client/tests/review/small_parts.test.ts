import { describe, expect, it } from "vitest";

import { exportName } from "../../src/review/export_file";
import { pieces } from "../../src/review/pieces";
import { withSaved } from "../../src/review/saved_segments";
import { unusedSpeaker, voices } from "../../src/review/speakers";
import { segment, SESSION } from "./scripted";

const word = (w: string) => ({ w, s: 0, e: 1, p: 1 });

describe("pieces", () => {
  it.each([
    ["Good morning.", ["Good", "morning."]],
    ["Good, morning", [" Good,", " morning"]],
    ["你好吗", ["你", "好", "吗"]],
    ["the the the", ["the", "the", "the"]],
    ["nothing of it", ["quite", "other"]],
    ["", []],
  ])("of %j are together the text again", (text, spoken) => {
    const cut = pieces(text, spoken.map(word));
    expect(cut.map((piece) => piece.text).join("")).toBe(text);
    for (const piece of cut) if (piece.word >= 0) expect(piece.text).toBe(spoken[piece.word]?.trim());
  });

  it("passes over a word that the text has not", () => {
    expect(pieces("a c", ["a", "b", "c"].map(word)).map((piece) => piece.word)).toEqual([0, -1, 2]);
  });
});

describe("voices", () => {
  const said = [
    segment("a", [["x", 0, 1]], { speaker: "S3" }),
    segment("b", [["x", 2, 3]], { speaker: "S1" }),
    segment("c", [["x", 4, 5]], { speaker: "S2" }),
  ];

  it("come in the order in which they first speak, with a name or a number", () => {
    const { all } = voices(said, [{ id: "S1", name: "Dr Weber", merged_into: null }]);
    expect(all.map(({ id, name, named }) => [id, name, named])).toEqual([
      ["S3", "Speaker 1", false],
      ["S1", "Dr Weber", true],
      ["S2", "Speaker 3", false],
    ]);
  });

  it("are one after merging, over several steps too, and a circle does no harm", () => {
    const merge = (id: string, into: string) => ({ id, name: null, merged_into: into });
    const { all, of } = voices(said, [merge("S3", "S2"), merge("S2", "S1")]);
    expect(all.map(({ id }) => id)).toEqual(["S1"]);
    expect(of("S3")?.id).toBe("S1");
    expect(of(null)).toBeNull();
    expect(voices(said, [merge("S1", "S2"), merge("S2", "S1")]).all.length).toBeGreaterThan(0);
  });

  it("leave the first free number to somebody new", () => {
    expect(unusedSpeaker(said, [{ id: "S4", name: null, merged_into: "S1" }])).toBe("S5");
  });
});

describe("a saved segment", () => {
  const seen = segment("a", [["Good", 0, 1]]);
  const mine = { ...seen, text: "Good morning" };

  const place = { id: "a", start_ms: 0, end_ms: 1 };

  it("stands in for the one that was there until that one changes", () => {
    const saved = new Map([["a", { seen, segment: mine }]]);
    expect(withSaved({ segments: [seen], removed: [] }, saved)).toEqual({ segments: [mine], removed: [] });
    const newer = { segments: [{ ...seen, text: "Good evening" }], removed: [] };
    expect(withSaved(newer, saved)).toBe(newer);
  });

  it("that was removed is one to put back, and one that was put back stands in its place", () => {
    const gone = { ...seen, text: "", words: [], edited: true };
    const later = segment("b", [["Yes", 5, 6]]);
    const removing = new Map([["a", { seen, segment: gone }]]);
    const without = { segments: [later], removed: [place] };
    expect(withSaved({ segments: [seen, later], removed: [] }, removing)).toEqual(without);
    expect(withSaved(without, removing)).toBe(without);
    const returning = new Map([["a", { seen: place, segment: seen }]]);
    expect(withSaved(without, returning)).toEqual({ segments: [seen, later], removed: [] });
    // Somebody else has removed it again.
    const again = { ...without, removed: [{ ...place }] };
    expect(withSaved(again, returning)).toBe(again);
  });

  it("that was taken back after its place was planned anew is nowhere", () => {
    const withdrawn = { ...seen, text: "", words: [], edited: false };
    const saved = new Map([["a", { seen: place, segment: withdrawn }]]);
    expect(withSaved({ segments: [], removed: [place] }, saved)).toEqual({ segments: [], removed: [] });
  });
});

it("names an exported file without anything about the patient", () => {
  const { session_id: id, created_at: at } = SESSION;
  expect(exportName(id, at, "srt")).toBe("session-2026-03-04-0d9c6ad2.srt");
  expect(exportName(id, at, "fhir", 2)).toBe("session-2026-03-04-0d9c6ad2-version-2.fhir.json");
});
