import { Problem } from "../looks/problem";
import { useParts } from "./parts";
import { useValue } from "./use_value";

interface ServerAwayProps {
  /** What cannot be done meanwhile. */
  what: string;
  safe: string;
}

/** While the server does not answer: what that means for this page. It goes away by itself. */
export function ServerAway({ what, safe }: ServerAwayProps) {
  const reached = useValue(useParts().reach.state);
  if (reached) return null;
  return (
    <Problem
      tone="warn"
      title="The server cannot be reached"
      what={what}
      safe={safe}
      todo="Check this computer’s network. You need not load the page anew: it notices when the server is back."
    />
  );
}
