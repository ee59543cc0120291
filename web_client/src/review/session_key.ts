/** Under which queries keep a session by itself. */
export function sessionKey(sessionId: string): readonly unknown[] {
  return ["session", sessionId];
}
