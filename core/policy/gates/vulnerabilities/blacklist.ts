/**
 * Trigger `blacklist`: vulnerabilities that an image must not have at all.
 *
 * @module
 */
import type { Trigger } from '../types.ts';
import { vendorOnly, vulnerabilityIds } from './parameters.ts';

export const blacklist: Trigger = {
  name: 'blacklist',
  description: 'Fires once if the image has any of some vulnerabilities',
  parameters: [vulnerabilityIds, vendorOnly],
  evaluate(values, { vulnerabilities }) {
    const isVendorOnly = values.get(vendorOnly) ?? true;
    const names = new Set<string>();
    for (const { id, aliases, willNotFix } of vulnerabilities) {
      if (isVendorOnly && willNotFix) continue;
      names.add(id);
      for (const alias of aliases) names.add(alias);
    }
    const found = [...new Set(values.require(vulnerabilityIds))].filter((id) => names.has(id));
    if (found.length === 0) return [];
    const listed = found.map((id) => `'${id}'`).join(', ');
    return [{ message: `Blacklisted vulnerabilities detected: [${listed}]` }];
  },
};
