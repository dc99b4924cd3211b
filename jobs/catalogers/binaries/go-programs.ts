/**
 * Go programs that the NVD lists as products: their version is their own module's, which the build
 * information has.
 *
 * @module
 */
import { openExecutables } from '../../executables/index.ts';
import { readBuildInfo } from '../go/buildinfo.ts';
import { mainVersion } from '../go/main-version.ts';
import { parseModules } from '../go/modules.ts';
import type { CpeProduct } from './product.ts';

/** One Go program, found by its module, of whatever major version. */
export interface GoProgram {
  readonly name: string;
  readonly file: RegExp;
  readonly module: RegExp;
  readonly cpe: CpeProduct;
}

/** Products by the name of their file. */
export const GO_PROGRAMS: readonly GoProgram[] = [
  program('caddy', 'github.com/caddyserver/caddy', 'caddyserver'),
  program('consul', 'github.com/hashicorp/consul', 'hashicorp'),
  program('containerd', 'github.com/containerd/containerd', 'linuxfoundation'),
  program('coredns', 'github.com/coredns/coredns', 'coredns.io'),
  program('etcd', 'go.etcd.io/etcd/server', 'etcd'),
  program('prometheus', 'github.com/prometheus/prometheus', 'prometheus'),
  program('runc', 'github.com/opencontainers/runc', 'linuxfoundation'),
  program('traefik', 'github.com/traefik/traefik', 'traefik'),
  program('vault', 'github.com/hashicorp/vault', 'hashicorp'),
];

function program(name: string, module: string, vendor: string): GoProgram {
  const path = module.replaceAll('.', '\\.');
  return {
    name,
    file: new RegExp(`^${name}$`),
    module: new RegExp(`^${path}(?:/v[0-9]+)?$`),
    cpe: { vendor, product: name },
  };
}

/** The release that a program was built from; undefined for another program or a mere commit. */
export function goRelease(content: Buffer, program: GoProgram): string | undefined {
  for (const executable of openExecutables(content)) {
    const info = readBuildInfo(executable);
    const modules = parseModules(info?.modules ?? '');
    if (modules.main !== undefined && program.module.test(modules.main.path)) {
      return RELEASE.exec(mainVersion(modules))?.[1];
    }
  }
  return undefined;
}

/** Pseudo-versions end in a commit; metadata such as `+incompatible` is not of the release. */
const RELEASE = /^v(?!.*[.-][0-9]{14}-[0-9a-f]{12})([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)/;
