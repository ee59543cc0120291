import { WireError } from "../wire/answer";

/** The code of what a request was refused with. */
export function codeOf(error: unknown): string {
  return error instanceof WireError ? error.code : "internal";
}
