import { isFields, readRefusal, UNREACHABLE, WireError } from "./answer";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const ANSWER_TIMEOUT_MS = 30_000;

export interface HttpRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  token?: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

/**
 * One exchange with the server. Throws a WireError: the server's own refusal, or `unreachable` where no answer of
 * this server came. Where the caller's `signal` ends it, its reason is thrown as it is.
 */
export async function exchange(fetch: Fetch, url: string, request: HttpRequest = {}): Promise<Response> {
  const { method = "GET", body, token, signal, timeoutMs = ANSWER_TIMEOUT_MS } = request;
  const headers = new Headers();
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  const timeout = AbortSignal.timeout(timeoutMs);
  const init: RequestInit = {
    method,
    headers,
    cache: "no-store",
    credentials: "omit",
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new WireError(UNREACHABLE, "the server does not answer", true);
  }
  if (response.ok) return response;
  throw await refusalOf(response);
}

async function refusalOf(response: Response): Promise<WireError> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // A proxy's own page: the status has to do.
  }
  const refusal = isFields(body) ? readRefusal(body.error, response.status) : null;
  if (refusal !== null) return refusal;
  const again = response.status >= 500 || response.status === 429;
  return new WireError(again ? "unavailable" : "invalid", `HTTP ${response.status}`, again, {
    status: response.status,
  });
}

/** The JSON of an answer; a body that breaks off is `unreachable`. */
export async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new WireError(UNREACHABLE, "the answer broke off", true);
  }
}
