/** Whether a pattern matches only complete texts: `^…$`, with no alternative outside it. `^a|b$` does not. */
export function isAnchored(pattern: string): boolean {
  if (!pattern.startsWith('^')) return false;
  let depth = 0;
  let isInClass = false;
  let last = '';
  for (let n = 1; n < pattern.length; n++) {
    last = pattern.charAt(n);
    if (last === '\\') {
      n++;
      last = '';
    } else if (isInClass) isInClass = last !== ']';
    else if (last === '[') isInClass = true;
    else if (last === '(') depth++;
    else if (last === ')') depth--;
    else if (last === '|' && depth === 0) return false;
  }
  return last === '$' && depth === 0 && !isInClass;
}
