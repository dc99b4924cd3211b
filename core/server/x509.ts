/**
 * Loads the X.509 library when it is first needed: it is large, and most runs never issue a
 * certificate.
 *
 * @module
 */

/** What the library exports. */
export type X509Library = typeof import('@peculiar/x509');

type Metadata = Map<string, unknown>;

let loading: Promise<X509Library> | undefined;

/** The library, loaded once; it works on the runtime's Web Crypto. */
export function loadX509(): Promise<X509Library> {
  loading ??= importX509();
  return loading;
}

async function importX509(): Promise<X509Library> {
  const withdraw = lendMetadata();
  try {
    return await import('@peculiar/x509');
  } finally {
    withdraw();
  }
}

/**
 * Gives the global `Reflect` the metadata functions that the library's dependency container
 * insists on while it is loaded, and returns what takes them back. Nothing asks for them later,
 * and the classes carry no metadata, so three functions stand in for the polyfill package.
 */
function lendMetadata(): () => void {
  if ('getMetadata' in Reflect) return () => {};
  const store = new WeakMap<object, Metadata>();
  const functions = {
    getMetadata: (key: string, target: object) => store.get(target)?.get(key),
    getOwnMetadata: (key: string, target: object) => store.get(target)?.get(key),
    defineMetadata: (key: string, value: unknown, target: object) => {
      const metadata: Metadata = store.get(target) ?? new Map();
      store.set(target, metadata.set(key, value));
    },
  };
  Object.assign(Reflect, functions);
  return () => {
    for (const name of Object.keys(functions)) Reflect.deleteProperty(Reflect, name);
  };
}
