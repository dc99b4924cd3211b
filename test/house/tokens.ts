/**
 * Cuts TypeScript into tokens, as far as the rules of the house need it: what is code, what is
 * text, what is a comment. Each character is looked at once.
 *
 * @module
 */
export interface Token {
  readonly kind: 'word' | 'sign' | 'text' | 'comment' | 'pattern';
  /** Of a text: what stands between its quotes. */
  readonly value: string;
  readonly line: number;
}

/** Words after which a slash begins a regular expression. */
const BEFORE_PATTERN = new Set(['return', 'typeof', 'case', 'in', 'of', 'await', 'yield', 'throw']);
const WORD = /[\p{ID_Continue}$#]+/uy;

/** The tokens of a source. Parts of templates are texts of their own. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Open braces; true where the brace began a template's `${`. */
  const braces: boolean[] = [];
  let line = 1;
  let at = source.startsWith('#!') ? source.indexOf('\n') : 0;

  function add(kind: Token['kind'], value: string, end: number): void {
    tokens.push({ kind, value, line });
    for (let i = at; i < end; i += 1) if (source[i] === '\n') line += 1;
    at = end;
  }

  /** The end of a template's part: after its backtick, or after the next `${`. */
  function templatePart(start: number): number {
    for (let i = start; i < source.length; i += 1) {
      if (source[i] === '\\') i += 1;
      else if (source[i] === '`') return i + 1;
      else if (source.startsWith('${', i)) {
        braces.push(true);
        return i + 2;
      }
    }
    return source.length;
  }

  /** The end of what a quote or slash began; slashes in brackets do not end a pattern. */
  function quoted(close: string): number {
    let inBrackets = false;
    for (let i = at + 1; i < source.length; i += 1) {
      const char = source[i];
      if (char === '\\') i += 1;
      else if (close === '/' && char === '[') inBrackets = true;
      else if (close === '/' && char === ']') inBrackets = false;
      else if ((char === close && !inBrackets) || char === '\n') return i + 1;
    }
    return source.length;
  }

  function beginsPattern(): boolean {
    const last = tokens.findLast(({ kind }) => kind !== 'comment');
    if (last === undefined) return true;
    if (last.kind === 'word') return BEFORE_PATTERN.has(last.value);
    return last.kind === 'sign' && last.value !== ')' && last.value !== ']' && last.value !== '}';
  }

  while (at < source.length) {
    const char = source[at] ?? '';
    if (char === '\n') line += 1;
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(source)?.[0];
    if (word !== undefined) add('word', word, at + word.length);
    else if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      add(
        'comment',
        source.slice(at, end === -1 ? undefined : end),
        end === -1 ? source.length : end,
      );
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at) + 2;
      add('comment', source.slice(at, end), end);
    } else if (char === "'" || char === '"') {
      const end = quoted(char);
      add('text', source.slice(at + 1, end - 1), end);
    } else if (char === '/' && beginsPattern()) {
      const end = quoted('/');
      add('pattern', source.slice(at, end), end);
    } else if (char === '`' || (char === '}' && braces.at(-1) === true)) {
      if (char === '}') braces.pop();
      const end = templatePart(at + 1);
      add('text', source.slice(at + 1, end), end);
    } else {
      if (char === '{') braces.push(false);
      if (char === '}') braces.pop();
      add('sign', char, at + 1);
    }
  }
  return tokens;
}
