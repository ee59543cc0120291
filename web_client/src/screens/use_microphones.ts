import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { type Microphone, microphones, onMicrophonesChanged } from "../capture/microphone";

/** What can be chosen now; devices come and go while the page is open. Names are empty until a microphone was allowed. */
export function useMicrophones(): { known: Microphone[]; look: () => void } {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: ["microphones"], queryFn: microphones, staleTime: 0, retry: false });
  const look = (): void => void queries.invalidateQueries({ queryKey: ["microphones"] });
  useEffect(
    () => onMicrophonesChanged(() => void queries.invalidateQueries({ queryKey: ["microphones"] })),
    [queries],
  );
  return { known: data ?? [], look };
}

/** Choices for a select; the first is the system's own choice. */
export function microphoneChoices(known: Microphone[]): { value: string; label: string }[] {
  const named = known.filter(({ deviceId }) => deviceId !== "" && deviceId !== "default");
  return [
    { value: "", label: "The computer’s own choice" },
    ...named.map(({ deviceId, label }, i) => ({
      value: deviceId,
      label: label === "" ? `Microphone ${i + 1}` : label,
    })),
  ];
}
