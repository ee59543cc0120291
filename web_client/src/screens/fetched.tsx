import { type ComponentType, createElement, lazy, type LazyExoticComponent } from "react";

/** Code of a page could not be fetched: no fault of the page. */
export class NotFetched extends Error {
  /** `forget` the attempt: the page shown next makes another one. */
  constructor(
    cause: unknown,
    readonly forget: () => void,
  ) {
    super("a part of the page could not be fetched", { cause });
    this.name = "NotFetched";
  }
}

/**
 * A page whose code is fetched when it is first shown. React renders again what has failed, so an attempt is only
 * repeated when whoever caught the error says so.
 */
export function fetched<P extends object>(fetchPage: () => Promise<ComponentType<P>>): ComponentType<P> {
  const attempt = (): LazyExoticComponent<ComponentType<P>> =>
    lazy(async () => {
      try {
        return { default: await fetchPage() };
      } catch (error) {
        throw new NotFetched(error, () => (page = attempt()));
      }
    });
  let page = attempt();
  return (props) => createElement<P>(page, props);
}
