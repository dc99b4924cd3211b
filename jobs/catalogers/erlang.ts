/**
 * Erlang packages that an application's `rebar.lock` pins (rebar3 documentation, "Dependencies"),
 * and the applications that are compiled and there: `ebin/NAME.app` (Erlang reference, app(4)), of
 * Erlang itself, of Elixir and of releases. Those do not say whether they came from Hex, so they
 * are of the type `otp`.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { readTerms, type Term } from './erlang-terms.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';
import { CatalogError } from './types.ts';

const LOCK = 'rebar.lock';
const APPLICATION = /(?:^|\/)ebin\/[^/]+\.app$/;
/** Sources of dependencies, whose lock files rebar3 does not read. */
const DEPENDENCY = /(?:^|\/)(?:_build|_checkouts|deps)\//;
const SIZE_LIMIT = 4 * 1024 * 1024;

/** Catalogs packages of Hex that a `rebar.lock` pins, and compiled OTP applications. */
export const erlang: Cataloger = { name: 'erlang', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  if (path.endsWith('.app')) {
    return APPLICATION.test(path);
  }
  return path.endsWith(LOCK) && (path.length === LOCK.length || path.endsWith(`/${LOCK}`)) &&
    !DEPENDENCY.test(path);
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const terms = readTerms(readText(content, SIZE_LIMIT));
  return path.endsWith('.app') ? application(terms) : lockedPackages(terms);
}

/** `{application, NAME, [{KEY, VALUE}, …]}` */
function application([term]: readonly Term[]): readonly FoundPackage[] {
  const [tag, name, keys] = members(term);
  if (tag !== 'application') {
    throw new CatalogError('no description of an application');
  }
  const found = bounded({
    type: 'otp',
    name: text(name),
    version: text(valueOf(keys, 'vsn')),
    licenses: members(valueOf(keys, 'licenses')).map(text).filter(Boolean),
    origin: members(valueOf(keys, 'maintainers')).map(text).filter(Boolean).join(', ') || undefined,
  });
  return found === undefined ? [] : [found];
}

/** The list alone, or `{FORMAT, LIST}` and checksums. An item is `{NAME, {pkg, …}, LEVEL}`. */
function lockedPackages([term]: readonly Term[]): readonly FoundPackage[] {
  const [format, list] = members(term);
  const locked = typeof format === 'string' ? members(list) : members(term);
  return locked.flatMap((item) => {
    const [kind, name, version] = members(members(item)[1]);
    return kind === 'pkg'
      ? bounded({ type: 'hex', name: text(name), version: text(version), licenses: [] }) ?? []
      : [];
  });
}

function valueOf(keys: Term | undefined, wanted: string): Term | undefined {
  return members(members(keys).find((pair) => typeof pair !== 'string' && pair[0] === wanted))[1];
}

function members(term: Term | undefined): readonly Term[] {
  return typeof term === 'string' || term === undefined ? [] : term;
}

function text(term: Term | undefined): string {
  return typeof term === 'string' ? term.trim() : '';
}
