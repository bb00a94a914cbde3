import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";

/** What the programs in documents and doc comments run against. */
export interface DocModel extends AsyncDisposable {
  /** For the programs: a server that they start then uses this model. */
  readonly env: Readonly<Record<string, string>>;
}

/** A JSON Schema, as far as it is looked at here. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
}

/** Starts a model that has an answer to everything, so that what the documents show can be run without an account. */
export async function docModel(): Promise<DocModel> {
  const model = new ScriptedModel().always(({ body }) => {
    const { format } = (body["text"] ?? {}) as { readonly format?: { readonly schema?: Schema } };
    return [format?.schema === undefined ? "This is a scripted answer." : JSON.stringify(fitting(format.schema))];
  });
  const listener = await model.listen();
  const home = await codexHome({ modelUrl: listener.url });
  const { TMPDIR: _temp, ...env } = home.env;
  return {
    env,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await home.remove();
    },
  };
}

/** Some value that fits a schema. */
function fitting(schema: Schema): unknown {
  const [choice] = schema.anyOf ?? [];
  if (choice !== undefined) return fitting(choice);
  if (schema.enum !== undefined) return schema.enum[0];
  switch (typeof schema.type === "string" ? schema.type : schema.type?.[0]) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, fitting(part)]));
    case "array":
      return schema.items === undefined ? [] : [fitting(schema.items)];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "string":
      return "scripted";
    default:
      return null;
  }
}
