import { defineConfig } from 'vite';

// The operator's page: no component library, relative addresses, because the edge serves it from its own small server.
export default defineConfig({
  root: 'pages/panel',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/panel', emptyOutDir: true, target: 'es2020', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': process.env.EDGE ?? 'http://127.0.0.1:8090' } },
});
