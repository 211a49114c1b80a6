/** Expands character references and predefined entities, and detects any other reference. */

const isCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

function characterOf(name: string): string | undefined {
  switch (name) {
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'amp':
      return '&';
    case 'quot':
      return '"';
    case 'apos':
      return "'";
  }
  const match = /^#(?:(\d{1,7})|x([\dA-Fa-f]{1,6}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number.parseInt(match[2] as string, 16) : Number.parseInt(match[1], 10);
  return isCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** The longest reference that is expanded: `#1114111`. */
const LONGEST = 9;

/** Undefined where the text contains anything else that looks like a reference. */
export function expandReferences(text: string): string | undefined {
  let expanded = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    if (end < 0 || end - at > LONGEST) return undefined;
    const character = characterOf(text.slice(at + 1, end));
    if (character === undefined) return undefined;
    expanded += text.slice(from, at) + character;
    from = end + 1;
  }
  return expanded + text.slice(from);
}
