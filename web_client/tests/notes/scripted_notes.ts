import type { NotesView, WireTemplate } from "../../src/wire/messages";

export const NOTES: NotesView = {
  generation: 1,
  newest: 1,
  revision: 0,
  template: "session",
  template_name: "Session note",
  writer: "extractive all-MiniLM-L6-v2",
  language: "en",
  screened: true,
  sections: [
    {
      key: "key_topics",
      title: "Key topics",
      statements: [
        { id: "key_topics-0", text: "The knee hurts.", segment_ids: ["a"], quote: "my knee hurts" },
        { id: "key_topics-1", text: "It hurts since May.", segment_ids: ["b"], quote: null },
      ],
    },
    { key: "mood", title: "Mood", statements: [] },
    {
      key: "risk_flags",
      title: "Risk flags",
      kind: "flags",
      statements: [
        {
          id: "risk_flags-0",
          text: "I want to end it all.",
          segment_ids: ["b"],
          severity: "high",
          risk: "suicide",
          denied: false,
          quote: "I want to end it all",
        },
      ],
    },
  ],
  dropped: 2,
  tokens: null,
  cost: null,
  uncounted: 0,
  leaves: false,
  edited_at: null,
  edited_by: null,
  signed_at: null,
  signed_by: null,
  signatures: [],
};

function section(key: string, title: string, kind: "statements" | "flags") {
  return { key, title, description: title, kind, most: 5 };
}

export const TEMPLATE: WireTemplate = {
  id: "session",
  name: "Session note",
  version: 1,
  built_in: true,
  sections: [
    section("key_topics", "Key topics", "statements"),
    section("mood", "Mood", "statements"),
    section("risk_flags", "Risk flags", "flags"),
  ],
};
