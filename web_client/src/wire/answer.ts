import type { ErrorBody } from "./messages";

export type Fields = Readonly<Record<string, unknown>>;

/** What a refusal says when it comes from this side: no server was reached, or it did not answer in time. */
export const UNREACHABLE = "unreachable";

/** A typed no, from the server or from the way to it. `retryable` says whether asking again can help. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly retryAfterS: number | undefined;
  readonly status: number | undefined;

  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    more: { retryAfterS?: number | undefined; status?: number | undefined } = {},
  ) {
    super(message);
    this.retryAfterS = more.retryAfterS;
    this.status = more.status;
  }
}

const FINAL_CODES: ReadonlySet<string> = new Set([
  "unauthenticated",
  "forbidden",
  "not_found",
  "invalid",
  "too_large",
  "bad_media",
  "seq_conflict",
  "session_closed",
  "edit_conflict",
]);

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

/**
 * An acknowledgement as docs/protocol.md describes it: what was accepted, a refusal, or null for anything else.
 * An empty acknowledgement is no answer: the request has to be repeated.
 */
export function readAnswer(raw: unknown): Fields | WireError | null {
  if (!isFields(raw)) return null;
  if (raw.ok === true) return raw;
  return raw.ok === false ? readRefusal(raw.error) : null;
}

/** The `error` of an answer or of a refused connection, which may leave `retryable` to the code. */
export function readRefusal(raw: unknown, status?: number): WireError | null {
  if (!isFields(raw) || typeof raw.code !== "string") return null;
  const { code, message, retryable, retry_after_s: after } = raw as Partial<ErrorBody> & { code: string };
  return new WireError(
    code,
    typeof message === "string" ? message : code,
    typeof retryable === "boolean" ? retryable : !FINAL_CODES.has(code),
    { status, retryAfterS: typeof after === "number" ? Math.max(0, after) : undefined },
  );
}

/** What this client needs of a node's first event. */
export interface Greeting {
  epoch: string;
  credit: number;
  maxChunkBytes: number | null;
}

export function readHello(raw: unknown): Greeting | null {
  if (!isFields(raw) || typeof raw.epoch !== "string") return null;
  const limits = isFields(raw.limits) ? raw.limits : {};
  return {
    epoch: raw.epoch,
    credit: isInteger(limits.credit) ? Math.max(1, limits.credit) : 1,
    maxChunkBytes: isInteger(limits.max_chunk_bytes) ? limits.max_chunk_bytes : null,
  };
}
