import { addIssue, type Dataset, Kind, type Run, run } from "./kind.ts";
import type { AnySchema, SchemaConfig } from "./schema.ts";

/** A property that every server of the pinned version sends, and that an older one does not know yet. */
export class LaterKind extends Kind {
  readonly type = "later";
  readonly wrapped: AnySchema;
  readonly "~run": Run<LaterKind> = runLater;

  constructor(wrapped: AnySchema) {
    super();
    this.wrapped = wrapped;
  }

  get expects(): string {
    return this.wrapped.expects;
  }
}

function runLater(this: LaterKind, dataset: Dataset, config: SchemaConfig): Dataset {
  // What was optional at first could also be null.
  if (dataset.value !== null) return run(this.wrapped, dataset, config);
  const message = `Missing: Expected ${this.expects} but received null`;
  addIssue(dataset, config, { type: "missing_key", message, expected: this.expects });
  dataset.typed = true;
  return dataset;
}
