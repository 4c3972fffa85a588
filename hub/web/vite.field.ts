import { defineConfig, type Plugin } from 'vite';

/** Names in the installer's document what only its camera wants: the service worker keeps it, the browser does not fetch it. */
const later: Plugin = {
  name: 'later',
  enforce: 'post',
  generateBundle(_, bundle) {
    const files = Object.keys(bundle).filter(name => /\/decoder-[^/]+\.js$|\.wasm$/.test(name));
    const page = bundle['index.html'];
    if (files.length !== 2 || page?.type !== 'asset') return this.error(`the reader of barcodes is not in the build: ${files}`);
    const links = files.map(name => `<link rel="later" href="/field/${name}">`).join('\n    ');
    page.source = String(page.source).replace('</head>', `  ${links}\n  </head>`);
  },
};

// The installer's phone page and the customers' survey: no component library; the hub serves them at /field/ and /survey.
export default defineConfig({
  root: 'pages/field',
  base: '/field/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [later],
  build: {
    outDir: '../../dist/field',
    emptyOutDir: true,
    target: 'es2020',
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: 'pages/field/index.html', survey: 'pages/field/survey.html' } },
  },
  server: { proxy: { '/api': process.env.HUB ?? 'http://127.0.0.1:8080' } },
});
