/**
 * Lines of reports, as Jobs send them.
 *
 * @module
 */
import type { ReportLine } from '../../../jobs/contract/index.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;

type Line<Kind> = Extract<ReportLine, { kind: Kind }>;

/** The head of a report of some image. */
export function head(digest: Line<'head'>['digest'] = DIGEST): Line<'head'> {
  return {
    kind: 'head',
    version: 1,
    digest,
    analyzers: { npm: 1 },
    architecture: 'amd64',
    os: 'linux',
    distribution: { id: 'alpine', version: '3.20.3', like: [] },
    size: 10,
    layers: [{ digest: DIGEST, diffId: DIGEST, compressedSize: 5, size: 10 }],
    history: [],
    dockerfile: 'FROM scratch\n',
  };
}

/** A package that was found. */
export function packageLine(name: string): Line<'package'> {
  return {
    kind: 'package',
    type: 'npm',
    name,
    version: '1.0.0',
    licenses: ['MIT'],
    purl: `pkg:npm/${name}@1.0.0`,
    location: `/app/node_modules/${name}/package.json`,
    layer: DIGEST,
  };
}

/** A file of the image. */
export function file(path: string): Line<'file'> {
  return { kind: 'file', path, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 };
}

/** The last line. */
export function end(packages: number, files: number): Line<'end'> {
  return { kind: 'end', packages, files };
}
