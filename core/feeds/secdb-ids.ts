/**
 * Ids of vulnerabilities as packagers write them into one line: several, with remarks, misspelt.
 *
 * @module
 */

const LINE_LIMIT = 1000;
const WORD_LIMIT = 50;
/** `CVE_2019-2426`, `CVE 2018-16859`, `CVE-2017-8073.patch`, `CVE-2017-17434-1`. */
const CVE = /\bCVE[-_ ](\d{4})-(\d{3,19})(?!\d)/gi;
/** Begins like a CVE, and is none that has a number: `CVE-2019-XXXX`, `CVE-????-?????`. */
const UNNUMBERED = /^CVE(?:$|[-_])/i;
/** `VSV00001` of Varnish. */
const NUMBERED_WORD = /^[A-Z]{2,12}\d{2,12}$/;

/** The ids in one string, each once; CVEs first, else in their order. */
export function idsOf(line: string): readonly string[] {
  const text = line.slice(0, LINE_LIMIT).replace(/\([^()]*\)?/g, ' ');
  const ids = new Set<string>();
  for (const [, year, number] of text.matchAll(CVE)) ids.add(`CVE-${year}-${number}`);
  for (const word of text.replace(CVE, 'CVE-').split(/[\s,;|]+/)) {
    const other = word.replace(/^[[{<'"]+/, '').replace(/[\]}>'".:?!]+$/, '');
    if (!UNNUMBERED.test(other) && isOther(other)) ids.add(other);
  }
  return [...ids];
}

/** `XSA-254`, `GHSA-jfh8-c2jp-5v3q`, `wnpa-sec-2017-18`, `TALOS-2017-0488`, `ALPINE-13661`. */
function isOther(word: string): boolean {
  if (word.length > WORD_LIMIT || !/\d/.test(word)) return false;
  if (NUMBERED_WORD.test(word)) return true;
  const [prefix = '', ...rest] = word.split('-');
  return /^[A-Za-z]{2,}$/.test(prefix) && rest.length > 0 &&
    rest.every((part) => /^[A-Za-z0-9]+$/.test(part));
}
