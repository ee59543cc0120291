import type { WireError } from "../wire/answer";

export interface SignInProblem {
  title: string;
  what?: string;
  todo: string;
}

export function signInProblem(error: WireError): SignInProblem {
  switch (error.code) {
    case "unauthenticated":
      return {
        title: "Email and password do not fit",
        todo: "Check both and try again. Who runs this installation can set a new password.",
      };
    case "rate_limited":
      return { title: "Too many attempts", todo: "Wait a minute, then try again." };
    case "forbidden":
      return { title: "This account may not sign in", todo: "Ask who runs this installation." };
    default:
      return {
        title: "The server did not answer",
        what: "It may be starting, or this computer has no connection to it.",
        todo: "Check the connection and try again.",
      };
  }
}
