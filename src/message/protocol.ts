/** Everything that is generated from the protocol's schema. */
export type Protocol = typeof import("../../gen/mod.ts");

let loaded: Protocol | undefined;

/**
 * Loads the generated protocol: the one part of the SDK that is large, 20 to 25 ms with valibot. Whoever only imports the
 * SDK does not pay for it, and a start pays less: it loads while the server starts, which takes longer.
 */
export async function loadProtocol(): Promise<void> {
  loaded ??= await import("../../gen/mod.ts");
}

/** The generated protocol. Nothing is sent or received before it is there: `Peer` and `Router` wait for it. */
export function protocol(): Protocol {
  if (loaded === undefined) throw new Error("The protocol was used before loadProtocol() had resolved");
  return loaded;
}
