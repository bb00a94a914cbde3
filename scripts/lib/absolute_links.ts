import { posix } from "node:path";

/** Where the links of a document lead that stands on a page of its own. */
export interface LinkPlaces {
  /** The repository's address. */
  readonly repository: string;
  /** The tag or branch whose files are meant. */
  readonly ref: string;
}

/**
 * A document of the repository's root, with links that lead somewhere from any page: what is relative is found in the
 * repository, for neither documents nor pictures are packed.
 */
export function absoluteLinks(markdown: string, { repository, ref }: LinkPlaces): string {
  const place = (kind: string, target: string) =>
    /^(?:[a-z][a-z+.-]*:|#|\/\/)/i.test(target) ? target : `${repository}/${kind}/${ref}/${posix.normalize(target)}`;
  const picture = /!(\[(?:[^\]\\]|\\.)*\])\(([^)\s]+)\)/g;
  // What is clicked may be a picture.
  const link = /(?<!!)(\[(?:!\[(?:[^\]\\]|\\.)*\]\([^)]*\)|[^\]\\]|\\.)*\])\(([^)\s]+)\)/g;
  const outside = (text: string) =>
    text.replace(picture, (_, label: string, target: string) => `!${label}(${place("raw", target)})`)
      .replace(link, (_, label: string, target: string) => `${label}(${place("blob", target)})`);
  // What stands in a block of code is no link.
  return markdown.split(/(^```[\s\S]*?^```)/m).map((part, index) => index % 2 === 0 ? outside(part) : part).join("");
}
