/**
 * All catalogers. A new ecosystem is one file and one line here.
 *
 * @module
 */
import { apk } from './apk.ts';
import { binaries } from './binaries/index.ts';
import { cocoapods } from './cocoapods.ts';
import { composer } from './composer.ts';
import { conan } from './conan.ts';
import { conda } from './conda.ts';
import { dart } from './dart.ts';
import { dotnet } from './dotnet.ts';
import { dpkg } from './dpkg.ts';
import { elixir } from './elixir.ts';
import { erlang } from './erlang.ts';
import { gem } from './gem.ts';
import { go } from './go/index.ts';
import { haskell } from './haskell.ts';
import { java } from './java/index.ts';
import { linuxKernel } from './linux-kernel.ts';
import { lua } from './lua.ts';
import { npm } from './npm.ts';
import { pacman } from './pacman.ts';
import { portage } from './portage.ts';
import { python } from './python.ts';
import { r } from './r.ts';
import { rpm } from './rpm/index.ts';
import { rust } from './rust.ts';
import { swift } from './swift.ts';
import type { Cataloger } from './types.ts';

export const CATALOGERS: readonly Cataloger[] = [
  apk,
  binaries,
  cocoapods,
  composer,
  conan,
  conda,
  dart,
  dotnet,
  dpkg,
  elixir,
  erlang,
  gem,
  go,
  haskell,
  java,
  linuxKernel,
  lua,
  npm,
  pacman,
  portage,
  python,
  r,
  rpm,
  rust,
  swift,
];
