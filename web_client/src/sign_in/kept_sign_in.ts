import { isFields } from "../wire/answer";
import type { User } from "../wire/messages";

/** What is kept of a sign-in. Without `tokens` it has expired, and only says who was signed in. */
export interface KeptSignIn {
  user: User;
  tokens: { access: string; refresh: string; receivedAt: number; expiresInS: number } | null;
}

const NAME = "hearken.sign_in";

/**
 * Keeps the sign-in in localStorage, for all tabs and for a restarted browser: a recorder that was killed has to go on
 * uploading without asking anybody. The risk is that a script in this origin could read the tokens; the content
 * security policy lets none in but this program's own, an access token is good for minutes, and a refresh token that
 * is used twice ends its sign-in on the server. Without a localStorage it is kept until the page ends.
 */
export class SignInShelf {
  private inMemory: KeptSignIn | null = null;

  constructor(private readonly storage: Storage | null) {}

  read(): KeptSignIn | null {
    if (this.storage === null) return this.inMemory;
    const text = this.storage.getItem(NAME);
    if (text === null) return null;
    try {
      const value: unknown = JSON.parse(text);
      return isKept(value) ? value : null;
    } catch {
      return null; // Not written by this program: as good as none.
    }
  }

  write(kept: KeptSignIn | null): void {
    this.inMemory = kept;
    if (kept === null) this.storage?.removeItem(NAME);
    else this.storage?.setItem(NAME, JSON.stringify(kept));
  }

  /** Calls `listener` when another tab has written. */
  onOtherTab(listener: () => void): void {
    if (this.storage === null) return;
    addEventListener("storage", (event) => {
      if (event.key === NAME || event.key === null) listener();
    });
  }
}

/** localStorage, or null where the browser refuses it. */
export function usableStorage(): Storage | null {
  try {
    localStorage.setItem("hearken.probe", "");
    localStorage.removeItem("hearken.probe");
    return localStorage;
  } catch {
    return null;
  }
}

function isKept(value: unknown): value is KeptSignIn {
  return (
    isFields(value) &&
    isFields(value.user) &&
    typeof value.user.id === "string" &&
    (value.tokens === null ||
      (isFields(value.tokens) &&
        typeof value.tokens.access === "string" &&
        typeof value.tokens.refresh === "string" &&
        typeof value.tokens.receivedAt === "number" &&
        typeof value.tokens.expiresInS === "number"))
  );
}
