/**
 * Which rule of the operator holds for a namespace of a cluster. Pure.
 *
 * @module
 */
import type { Config } from './load.ts';
import type { DoorMode } from './schema.ts';

/** How questions of one namespace are treated. */
export interface DoorPolicy {
  readonly mode: DoorMode;
  readonly account: string;
  /** The account's active bundle unless given. */
  readonly bundle: string | undefined;
  /** Undefined: those of the cluster's nodes. */
  readonly platforms: readonly string[] | undefined;
  readonly requireDigest: boolean;
  readonly podsChoosePolicy: boolean;
  readonly breakGlass: boolean;
  /** Unknown images within an hour. */
  readonly unknownImages: number;
}

/** Whose eyes an image is looked at with. */
export interface Viewer {
  readonly cluster: string;
  readonly namespace: string;
  readonly policy: DoorPolicy;
}

/** Annotations that may name account and bundle: the original's, where a rule allows it. */
const ACCOUNT_ANNOTATIONS = [
  'tidewaiter.image-policy.k8s.io/account',
  'anchore.image-policy.k8s.io/account',
  'anchore.image-policy.k8s.io/userId',
];
const BUNDLE_ANNOTATIONS = [
  'tidewaiter.image-policy.k8s.io/policyBundleId',
  'anchore.image-policy.k8s.io/policyBundleId',
];

/** Whether a text fits a pattern in which `*` stands for any text, also none. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The rule for a namespace: the first that fits, filled up from the settings. */
export function policyOf(config: Config, cluster: string, namespace: string): DoorPolicy {
  const rule = config.door_rules.find(({ clusters, namespaces }) =>
    clusters.some((pattern) => fits(pattern, cluster)) &&
    namespaces.some((pattern) => fits(pattern, namespace))
  );
  const isExempt = config.door_exempt_namespaces.some((pattern) => fits(pattern, namespace));
  return {
    mode: isExempt ? 'exempt' : rule?.mode ?? config.door_mode,
    account: rule?.account ?? config.door_account,
    bundle: rule?.bundle,
    platforms: rule?.platforms,
    requireDigest: rule?.require_digest ?? false,
    podsChoosePolicy: rule?.pods_choose_policy ?? false,
    breakGlass: rule?.break_glass ?? false,
    unknownImages: rule?.unknown_images ?? config.door_unknown_images,
  };
}

/** The same with what a pod's annotations choose, where they may. */
export function chosenPolicy(
  policy: DoorPolicy,
  annotations: Readonly<Record<string, string>>,
): DoorPolicy {
  if (!policy.podsChoosePolicy) return policy;
  const named = (keys: readonly string[]) =>
    keys.map((key) => annotations[key]).find((value) => value !== undefined && value !== '');
  return {
    ...policy,
    account: named(ACCOUNT_ANNOTATIONS) ?? policy.account,
    bundle: named(BUNDLE_ANNOTATIONS) ?? policy.bundle,
  };
}
