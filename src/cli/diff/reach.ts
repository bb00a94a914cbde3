import { METHOD_FILES, type MethodKind, type View } from "./view.ts";

/** By which methods a type is reached, and which way it goes. */
export interface Reach {
  readonly methods: ReadonlySet<string>;
  /** Clients send it. */
  readonly sent: boolean;
  /** Clients receive it. */
  readonly received: boolean;
}

interface Growing {
  readonly methods: Set<string>;
  sent: boolean;
  received: boolean;
}

/** Follows every method down to the types that it carries. */
export function reachOf({ methods, types }: View): ReadonlyMap<string, Reach> {
  const reach = new Map<string, Growing>();
  const follow = (method: string, root: string | null, sent: boolean) => {
    const seen = new Set<string>();
    const visit = (name: string) => {
      const type = types.get(name);
      if (type === undefined || seen.has(name)) return;
      seen.add(name);
      const entry = reach.get(name) ?? { methods: new Set<string>(), sent: false, received: false };
      entry.methods.add(method);
      if (sent) entry.sent = true;
      else entry.received = true;
      reach.set(name, entry);
      type.refs.forEach(visit);
    };
    if (root !== null) visit(root);
  };
  for (const kind of Object.keys(METHOD_FILES) as MethodKind[]) {
    for (const [method, { params }] of methods[kind]) {
      follow(method, params, kind === "request");
      const result = kind === "notification" ? null : resultOf(method, params, types);
      follow(method, result, kind === "server request");
    }
  }
  return reach;
}

/** The schema does not say what answers a method: it is told by the names. */
function resultOf(method: string, params: string | null, types: View["types"]): string | null {
  const words = method.split(/[/_-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const names = [params?.replace(/Params$/, "Response"), `${words}Response`];
  return names.find((name) => name !== undefined && name !== params && types.has(name)) ?? null;
}
