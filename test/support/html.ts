/** Reads HTML as a browser would show it. */
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&' };

/** Text of HTML with its references resolved. */
export const decoded = (html: string): string =>
  html.replaceAll(/&(?:#(\d+)|(\w+));/g, (all, code: string | undefined, name: string | undefined) =>
    code === undefined ? (ENTITIES[name ?? ''] ?? all) : String.fromCharCode(Number(code)),
  );
