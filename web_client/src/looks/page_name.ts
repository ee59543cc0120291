import { useEffect } from "react";

/** The page's name for the browser's tab. Never a patient's name or a session's title: tabs are seen by others. */
export function usePageName(name: string): void {
  useEffect(() => {
    document.title = `${name} · Hearken`;
  }, [name]);
}
