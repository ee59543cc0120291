import { WireError } from "../wire/answer";

/** The code of what a request was refused with. */
export function codeOf(error: unknown): string {
  return error instanceof WireError ? error.code : "internal";
}

/** Done as well where what is to be deleted is not there: somebody else was quicker, or the answer to the first attempt
 *  was lost. */
export async function unlessGone(deleted: Promise<void>): Promise<void> {
  try {
    await deleted;
  } catch (error) {
    if (codeOf(error) !== "not_found") throw error;
  }
}
