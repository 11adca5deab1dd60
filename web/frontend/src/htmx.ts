// The one import of htmx 4, with the few parts of its API that we use typed by us.
import htmxLibrary from "htmx.org";

export interface RequestContext {
  sourceElement: Element;
  target?: Element | string;
  swap?: string;
  confirm?: string | null;
  text?: string;
  request: { headers: Record<string, string>; action: string; method: string };
  response?: { status: number; raw: Response };
}

interface Library {
  ajax(verb: string, path: string, options: Record<string, unknown>): Promise<void>;
  swap(context: Record<string, unknown>): Promise<void>;
  process(root: Element): void;
  trigger(on: Element, name: string, detail?: unknown): boolean;
}

export const htmx = htmxLibrary as unknown as Library;

export function contextOf(event: Event): RequestContext {
  return (event as CustomEvent<{ ctx: RequestContext }>).detail.ctx;
}
