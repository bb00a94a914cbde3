/** The smallest PNG. */
export const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const GIF = "R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==";
const WEBP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA";

/** What people pass as the URL of an image, by what the real server does with it. */
export const IMAGE_URLS: Readonly<Record<"taken" | "remote" | "spoiling", readonly string[]>> = {
  /** The model gets to see it. */
  taken: [
    `data:image/png;base64,${PIXEL}`,
    `DATA:image/PNG;base64,${PIXEL}`,
    `data:image/png;charset=x;base64,${PIXEL}`,
    `data:;base64,${PIXEL}`,
    `data:application/octet-stream;base64,${PIXEL}`,
    `data:image/gif;base64,${GIF}`,
    `data:image/webp;base64,${WEBP}`,
  ],
  /** The server refuses the turn, in clear words. */
  remote: ["https://example.org/picture.png", "http://example.org/p.png", "HTTPS://example.org/p"],
  /** The server hands it on, or has a note take its place: nobody gets to see it. */
  spoiling: [
    "",
    "  ",
    "/home/me/picture.png",
    "picture.png",
    "./picture.png",
    "C:\\pictures\\picture.png",
    "file:///home/me/picture.png",
    "blob:abc",
    "sediment://file_123",
    "iVBORw0KGgo=",
    PIXEL,
    ` data:image/png;base64,${PIXEL}`,
    "data:",
    "data:image/png;base64",
    "data:image/png;base64,",
    `data:image/png,${PIXEL}`,
    "data:text/plain;base64,aGVsbG8=",
    "data:application/pdf;base64,aGVsbG8=",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "data:image/svg+xml,%3Csvg/%3E",
  ],
};
