/**
 * Products of Red Hat for tests of its documents.
 *
 * @module
 */
import type { Product } from './documents.ts';

export const RHEL8: Product = ['red_hat_enterprise_linux_8', 'cpe:/o:redhat:enterprise_linux:8'];
export const RHEL9: Product = ['red_hat_enterprise_linux_9', 'cpe:/o:redhat:enterprise_linux:9'];
export const BASEOS_93: Product = [
  'BaseOS-9.3.0.Z.MAIN',
  'cpe:/o:redhat:enterprise_linux:9::baseos',
];
export const BASEOS_94: Product = [
  'BaseOS-9.4.0.Z.MAIN.EUS',
  'cpe:/o:redhat:enterprise_linux:9::baseos',
];
export const APPSTREAM_94: Product = [
  'AppStream-9.4.0.Z.MAIN.EUS',
  'cpe:/a:redhat:enterprise_linux:9::appstream',
];
export const EUS_92: Product = ['BaseOS-9.2.0.Z.EUS', 'cpe:/o:redhat:rhel_eus:9.2::baseos'];

/** The package URLs of RPM packages begin so. */
export const RPM = 'pkg:rpm/redhat/';

/** A build: its id and its package URL, which may end with `more`. */
export function build(name: string, version: string, architecture: string, more = ''): Product {
  const [epoch = '0', evr = ''] = version.includes(':') ? version.split(':') : ['0', version];
  const qualifier = epoch === '0' ? '' : `&epoch=${epoch}`;
  return [
    `${name}-${epoch}:${evr}.${architecture}`,
    `${RPM}${name}@${encodeURIComponent(evr)}?arch=${architecture}${qualifier}${more}`,
  ];
}

/** All components in all platforms, as a document's statuses name them. */
export function pairs(
  platforms: readonly Product[],
  components: readonly Product[],
): readonly string[] {
  return platforms.flatMap(([platform]) =>
    components.map(([component]) => `${platform} ${component}`)
  );
}
