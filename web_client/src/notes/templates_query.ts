import type { ReviewApi } from "../review/review_api";

/** By what notes can be written, templates and writers: asked for once by all who show it. */
export const templatesQuery = (api: Pick<ReviewApi, "noteTemplates">) => ({
  queryKey: ["note_templates"],
  queryFn: ({ signal }: { signal: AbortSignal }) => api.noteTemplates(signal),
  staleTime: 60_000,
});
