/** What stands where a secret was. */
const CONCEALED = "[redacted]";
/** Shorter ones are made up for servers that want none (`ollama`, `dummy`), and are words of other texts as well. */
const MIN_LENGTH = 12;

/** Takes a known secret out of a text. */
export type Conceal = (text: string) => string;

/** Makes the function that takes `secret` out of texts, also as it stands within JSON. */
export function concealing(secret: string | undefined): Conceal {
  if (secret === undefined || secret.length < MIN_LENGTH) return (text) => text;
  const escaped = JSON.stringify(secret).slice(1, -1);
  return (text) => {
    const rest = text.includes(escaped) ? text.replaceAll(escaped, CONCEALED) : text;
    return escaped !== secret && rest.includes(secret) ? rest.replaceAll(secret, CONCEALED) : rest;
  };
}
