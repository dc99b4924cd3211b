/**
 * Licences in Debian's `copyright` files: the machine-readable form (DEP-5, "Machine-readable
 * debian/copyright file", version 1.0), else the texts of `/usr/share/common-licenses` that a file
 * refers to (Debian Policy 12.5 "Copyright information").
 *
 * @module
 */

const FORMAT = /^Format(?:-Specification)?:/im;
/** A field's first line has the short name or an expression, the licence's text follows it. */
const LICENSE = /^License:[ \t]*(\S[^\r\n]*)/gim;
const REFERENCE = /\/usr\/share\/common-licenses\/([A-Za-z0-9][A-Za-z0-9.+-]{0,63})/g;
const LICENSE_LIMIT = 1000;

/** The licences that the text of a copyright file names, each once, in the order given. */
export function copyrightLicenses(text: string): readonly string[] {
  const isMachineReadable = FORMAT.test(firstParagraph(text));
  const found = new Set<string>();
  for (const match of text.matchAll(isMachineReadable ? LICENSE : REFERENCE)) {
    const name = (match[1] ?? '').trimEnd();
    // A full stop behind a reference ends the sentence.
    found.add(isMachineReadable ? name : name.replace(/[.-]+$/, ''));
    if (found.size === LICENSE_LIMIT) {
      break;
    }
  }
  return [...found];
}

function firstParagraph(text: string): string {
  const start = /\S/.exec(text)?.index ?? 0;
  const end = text.indexOf('\n\n', start);
  return text.slice(start, end === -1 ? text.length : end);
}
