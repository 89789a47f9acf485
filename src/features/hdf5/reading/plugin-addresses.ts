import type { PluginName } from './filters.ts';

/* Written out one by one: the bundler takes only files it sees named into what is served. */
const PLUGINS: Readonly<Record<PluginName, URL>> = {
  bshuf: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zbshuf.so', import.meta.url),
  lz4: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zlz4.so', import.meta.url),
  zstd: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zzstd.so', import.meta.url),
  blosc: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zblosc.so', import.meta.url),
  blosc2: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zblosc2.so', import.meta.url),
  bz2: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zbz2.so', import.meta.url),
  lzf: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zlzf.so', import.meta.url),
  zfp: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zzfp.so', import.meta.url),
  jpeg: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zjpeg.so', import.meta.url),
  bitgroom: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zbitgroom.so', import.meta.url),
  bitround: new URL('../../../../node_modules/h5wasm-plugins/plugins/libH5Zbitround.so', import.meta.url),
};

/** Where the web app serves the plugin of a filter; in tests where it lies on the disk. */
export const pluginAddress = (name: PluginName): URL => PLUGINS[name];
