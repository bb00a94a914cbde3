/** For whom a block is meant, how much it matters, and when it last changed. */
export type ContentAnnotations = {
  /** For whom the block is meant. */
  audience?: ("user" | "assistant")[] | undefined;
  /** From 0, which may be left out, to 1, which may not. */
  priority?: number | undefined;
  /** When it last changed, in ISO 8601. */
  lastModified?: string | undefined;
};

/** What every block of content may carry. */
export type ContentExtras = {
  /** For whom it is meant, and how much it matters. */
  annotations?: ContentAnnotations | undefined;
  /** Whatever else the server says of it. */
  _meta?: { [key: string]: unknown } | undefined;
};

/**
 * One block of what an MCP tool returns, as the Model Context Protocol has it.
 *
 * Written out, for the package that has these types is no dependency of this one; values of either type fit the other.
 */
export type ContentBlock =
  & ContentExtras
  & (
    | { type: "text"; text: string }
    | { type: "image" | "audio"; data: string; mimeType: string }
    | {
      type: "resource_link";
      uri: string;
      name: string;
      title?: string | undefined;
      description?: string | undefined;
      mimeType?: string | undefined;
      size?: number | undefined;
      icons?: ContentIcon[] | undefined;
    }
    | { type: "resource"; resource: ResourceContents }
  );

/** A picture for a resource. */
export type ContentIcon = {
  /** Where the picture is. */
  src: string;
  /** Of which kind it is. */
  mimeType?: string | undefined;
  /** Its sizes, each as in `48x48`. */
  sizes?: string[] | undefined;
  /** For which background it is made. */
  theme?: "light" | "dark" | undefined;
};

/** A resource itself: a text, or bytes in base64. */
export type ResourceContents =
  & { uri: string; mimeType?: string | undefined; _meta?: { [key: string]: unknown } | undefined }
  & ({ text: string } | { blob: string });
