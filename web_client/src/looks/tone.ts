/** What a colour says; the colours themselves are in looks.css. */
export type Tone = "good" | "warn" | "bad" | "calm" | "accent";
