import type { DynamicToolUIPart } from "ai";
import { type FormEvent, type ReactNode, useState } from "react";
import { Visible } from "./terminal.tsx";

/** What a person fills in; `null` if they would rather not. */
export type Fill = (part: DynamicToolUIPart, output: unknown) => unknown;

interface Field {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly type: "text" | "password" | "number" | "checkbox" | "choice";
  readonly options?: readonly { readonly value: string; readonly label: string; readonly help?: string }[];
  readonly required: boolean;
}

/** Questions that want more than yes or no: those of the agent itself, and the forms of MCP servers. */
export function QuestionForm({ part, fill }: { readonly part: DynamicToolUIPart; readonly fill: Fill }): ReactNode {
  const [answered, setAnswered] = useState(false);
  const isForm = part.toolName === "elicitation";
  const { message, questions = [], requestedSchema } = part.input as Input;
  const fields = isForm ? fieldsOfForm(requestedSchema) : questions.map(fieldOfQuestion);
  const give = (output: unknown) => {
    setAnswered(true);
    void fill(part, output);
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    if (!isForm) {
      return give({
        answers: Object.fromEntries(fields.map(({ id }) => [id, { answers: [String(data.get(id) ?? "")] }])),
      });
    }
    const given = fields.filter(({ id, type }) => type === "checkbox" || data.get(id) !== "" && data.get(id) !== null);
    give({ action: "accept", content: Object.fromEntries(given.map((field) => [field.id, valueOf(field, data)])) });
  };
  return (
    <section className="card asks" aria-label="Question">
      <header>
        <span className="what">{message ? <Visible text={message} /> : "Codex wants to know"}</span>
        <span className="state asks">waits for you</span>
      </header>
      <form className="questions" onSubmit={onSubmit}>
        {fields.map((field) => <FieldInput key={field.id} field={field} />)}
        <div className="choices">
          <button type="button" className="no" disabled={answered} onClick={() => give(null)}>Refuse</button>
          <button type="submit" className="yes" disabled={answered}>Answer</button>
        </div>
      </form>
    </section>
  );
}

function FieldInput(
  { field: { id, label, help, type, options = [], required } }: { readonly field: Field },
): ReactNode {
  if (type === "choice") {
    return (
      <fieldset>
        <legend>
          <Visible text={label} />
        </legend>
        {options.map((option) => (
          <label key={option.value} className="option">
            <input type="radio" name={id} value={option.value} required={required} />
            <span>
              <Visible text={option.label} />
              {option.help && (
                <small>
                  <Visible text={option.help} />
                </small>
              )}
            </span>
          </label>
        ))}
      </fieldset>
    );
  }
  return (
    <label className={type === "checkbox" ? "option" : "field"}>
      {type === "checkbox" && <input type="checkbox" name={id} />}
      <span>
        <Visible text={label} />
        {help && (
          <small>
            <Visible text={help} />
          </small>
        )}
      </span>
      {type !== "checkbox" && <input type={type} name={id} required={required} step="any" autoComplete="off" />}
    </label>
  );
}

interface Question {
  readonly id: string;
  readonly header: string;
  readonly question: string;
  readonly isOther?: boolean;
  readonly isSecret?: boolean;
  readonly options?: readonly { readonly label: string; readonly description: string }[] | null;
}

interface Property {
  readonly type: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly enum?: readonly string[];
  readonly enumNames?: readonly string[] | null;
  readonly oneOf?: readonly { readonly const: string; readonly title: string }[];
}

interface Input {
  readonly message?: string;
  readonly questions?: readonly Question[];
  readonly requestedSchema?: {
    readonly properties: Readonly<Record<string, Property>>;
    readonly required?: readonly string[] | null;
  };
}

function fieldOfQuestion({ id, question, isSecret = false, options }: Question): Field {
  if (!options?.length) return { id, label: question, type: isSecret ? "password" : "text", required: true };
  const choices = options.map(({ label, description }) => ({ value: label, label, help: description }));
  return { id, label: question, type: "choice", options: choices, required: true };
}

function fieldsOfForm(schema: Input["requestedSchema"]): Field[] {
  return Object.entries(schema?.properties ?? {}).map(([id, property]) => {
    const { type, title, description, enum: values, enumNames, oneOf } = property;
    const common = {
      id,
      label: title ?? id,
      required: schema?.required?.includes(id) ?? false,
      ...(description ? { help: description } : {}),
    };
    const named = oneOf?.map((each) => ({ value: each.const, label: each.title })) ??
      values?.map((value, index) => ({ value, label: enumNames?.[index] ?? value }));
    if (named !== undefined) return { ...common, type: "choice", options: named };
    if (type === "boolean") return { ...common, type: "checkbox" };
    return { ...common, type: type === "number" || type === "integer" ? "number" : "text" };
  });
}

function valueOf({ id, type }: Field, data: FormData): unknown {
  const value = data.get(id);
  return type === "checkbox" ? value !== null : type === "number" ? Number(value) : String(value);
}
