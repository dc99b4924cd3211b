/**
 * Packages that are built from the sources of the Linux kernel. A container runs on the kernel of its
 * host: what is in the image is not what runs.
 *
 * @module
 */
import type { Package } from '../../../jobs/contract/index.ts';
import { isSystemType } from './subjects.ts';

/** Sources of kernels that are named by more than `linux` and a flavour. */
const SOURCES =
  /^(?:linux|kernel|kernel[-_](?:ark|default|longterm|lt|ml|rt|azure|source|uek|64k|obs-build|syms)|kernel-?\d+(?:\.\d+)*)$/;
/** `linux-aws`, `linux-signed-amd64`, `linux-hwe-6.5`, `linux-5.10`, `linux-lts`. */
const LINUX =
  /^linux-(?:\d[\d.]*|allwinner|aws|azure|bluefield|edge|fips|gcp|gke|gkeop|grsec|hardened|headers|hwe|ibm|image|intel|iot|kvm|laptop|latest|libc-dev|lowlatency|lts|meta|modules|nvidia|oem|oracle|qcom|raspi|raspi2|realtime|restricted|riscv|rpi|signed|snapdragon|starfive|stable|ti|tools|vanilla|virt|xilinx|zen)(?:-|$)/;
/** Headers alone: they hold no kernel, whatever its vulnerabilities. */
const HEADERS =
  /^(?:linux-libc-dev|linux-headers|kernel-headers|kernel-devel|kernel-uek-devel|kernel-[\w.]+-(?:devel|headers)|linux-api-headers|linux-glibc-devel|kernel-macros)(?:-|$)/;
const PROGRAM = 'linux-kernel';

/** What a package has of the kernel: itself and its tools, its headers alone, or nothing. */
export function kernelPartOf({ type, name, source }: Package): 'kernel' | 'headers' | undefined {
  if (type === 'generic') return name === PROGRAM ? 'kernel' : undefined;
  if (!isSystemType(type)) return undefined;
  if (HEADERS.test(name)) return 'headers';
  return [name, source?.name ?? name].some((text) => SOURCES.test(text) || LINUX.test(text))
    ? 'kernel'
    : undefined;
}
