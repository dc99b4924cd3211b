/**
 * Go's own toolchain, and Go programs that the NVD lists as products: their version is that of their
 * own module, which the build information has.
 *
 * @module
 */
import { openExecutables } from '../../formats/executables/index.ts';
import { readBuildInfo } from '../go/buildinfo.ts';
import { mainVersion } from '../go/main-version.ts';
import { parseModules } from '../go/modules.ts';

/** One Go program, found by its module, of whatever major version. */
export interface GoProgram {
  readonly name: string;
  readonly file: RegExp;
  readonly module: RegExp;
}

/** Products by the name of their file. */
export const GO_PROGRAMS: readonly GoProgram[] = [
  program('caddy', 'github.com/caddyserver/caddy'),
  program('consul', 'github.com/hashicorp/consul'),
  program('containerd', 'github.com/containerd/containerd'),
  program('coredns', 'github.com/coredns/coredns'),
  program('etcd', 'go.etcd.io/etcd/server'),
  program('prometheus', 'github.com/prometheus/prometheus'),
  program('runc', 'github.com/opencontainers/runc'),
  program('traefik', 'github.com/traefik/traefik'),
  program('vault', 'github.com/hashicorp/vault'),
];

function program(name: string, module: string): GoProgram {
  const path = module.replaceAll('.', '\\.');
  return {
    name,
    file: new RegExp(`^${name}$`),
    module: new RegExp(`^${path}(?:/v[0-9]+)?$`),
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

const COMMAND = 'path\tcmd/go\n';
const TOOLCHAIN = /^go([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:beta|rc)[0-9]+)?)(?:[ -]|$)/;

/** The release of the toolchain whose command `go` this is; undefined for another program. */
export function goToolchain(content: Buffer): string | undefined {
  for (const executable of openExecutables(content)) {
    const info = readBuildInfo(executable);
    if (info?.modules.startsWith(COMMAND)) return TOOLCHAIN.exec(info.version)?.[1];
  }
  return undefined;
}
