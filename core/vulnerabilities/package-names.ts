/**
 * Names of packages in the one form that statements and installed packages are compared by.
 *
 * @module
 */

/** Ecosystems whose names are one whatever the case of their letters. */
const WITHOUT_CASE: ReadonlySet<string> = new Set([
  'bitnami',
  'composer',
  'conan',
  'githubactions',
  'hex',
  'nuget',
  'pub',
  'vscode-extension',
]);

/**
 * A package's name as statements have it. An installed package of Maven comes as `GROUP:ARTIFACT` or
 * as its package URL has it, `GROUP/ARTIFACT`; all others come with their namespace before a `/`.
 *
 * @param namespace of the statement: `pypi`, `maven`, `debian:12`
 */
export function normalizePackageName(namespace: string, name: string): string {
  const text = name.trim();
  switch (namespace) {
    case 'pypi':
      // "Normalized names" of the Python packaging specifications (PEP 503).
      return text.toLowerCase().replace(/[-_.]+/g, '-');
    case 'maven':
      return text.includes(':') ? text : text.replace('/', ':');
    case 'swift':
      return repositoryName(text);
    default:
      return WITHOUT_CASE.has(namespace) ? text.toLowerCase() : text;
  }
}

/** `github.com/apple/swift-nio` for any address of that repository. */
function repositoryName(address: string): string {
  return address.toLowerCase().replace(/^[a-z+]+:\/\/(?:[^/@]*@)?/, '').replace(/^www\./, '')
    .replace(/\/$/, '').replace(/\.git$/, '');
}
