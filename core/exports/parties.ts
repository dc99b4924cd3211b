/**
 * Who made a package, from the words it has for that: `Name <mail>`, `Name (web)`, a company.
 *
 * @module
 */

/** A person or an organization. */
export interface Party {
  readonly name: string;
  readonly email?: string | undefined;
  readonly isOrganization: boolean;
}

const ORGANIZATION =
  /\b(?:inc|ltd|llc|gmbh|corp|corporation|company|foundation|project|team|group|maintainers|developers|authors|contributors|community|packagers|linux|software|labs?|university)\b/i;
const MAIL = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*$/;
/** Longest text that is read: names are short. */
const TEXT_LIMIT = 500;

/** Parts the first name of a list from its mail address and what stands in brackets. */
export function partyOf(origin: string): Party {
  const text = origin.slice(0, TEXT_LIMIT);
  const end = text.search(/[<(]/);
  const name = (end === -1 ? text : text.slice(0, end)).replace(/["\s]+/g, ' ').trim();
  const mail = /<([^<>]*)>/.exec(text)?.[1]?.trim() ?? '';
  const isMail = MAIL.test(mail);
  return {
    name: name === '' ? mail : name,
    email: isMail ? mail : undefined,
    isOrganization: ORGANIZATION.test(name),
  };
}
