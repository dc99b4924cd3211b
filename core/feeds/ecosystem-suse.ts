/**
 * Releases of SUSE and openSUSE by the names of their products, as OSV's ecosystems have them.
 *
 * @module
 */

const SERVICE_PACK = /^SP([0-9]+)$/;
const NUMBERS = /^[0-9]+(?:\.[0-9]+)*$/;

interface Product {
  readonly name: string;
  /** As os-release has it: `15.5` for `15 SP5`; empty where there is none. */
  readonly version: string;
}

/** Takes a name apart; behind the version or service pack may stand a kind of support: `SP3-LTSS`. */
function productOf(text: string): Product {
  const words = text.split(' ').filter((word) => word !== '');
  const servicePack = SERVICE_PACK.exec(withoutSupport(words.at(-1)))?.[1];
  if (servicePack !== undefined) words.pop();
  const version = withoutSupport(words.at(-1));
  if (!NUMBERS.test(version)) return { name: text, version: '' };
  const name = words.slice(0, -1).join(' ');
  return { name, version: servicePack === undefined ? version : `${version}.${servicePack}` };
}

function withoutSupport(word = ''): string {
  return word.split('-', 1)[0] ?? '';
}

function released(id: string, version: string): string {
  const text = version === '' ? id : `${id}:${version}`;
  return text.toLowerCase().replaceAll(' ', '-');
}

/**
 * `Linux Enterprise Server 15 SP5` and all modules, extensions and editions of the same are
 * `sles:15.5`; products of their own are `suse-manager-server:4.3`.
 */
export function suseNamespace(text: string): string {
  const { name, version } = productOf(text);
  if (name.startsWith('Linux Enterprise Micro')) return released('sle-micro', version);
  if (name === 'Linux Micro') return released('sl-micro', version);
  if (name.startsWith('Linux Enterprise')) return released('sles', version);
  return released(name === '' ? 'suse' : `suse-${name}`, version);
}

/** `Leap 15.5` is `opensuse-leap:15.5`, `Tumbleweed` is `opensuse-tumbleweed`. */
export function openSuseNamespace(text: string): string {
  const { name, version } = productOf(text);
  return released(name === '' ? 'opensuse' : `opensuse-${name}`, version);
}
