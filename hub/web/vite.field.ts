import { defineConfig } from 'vite';

// The installer's phone page and the customers' survey: no component library; the hub serves them at /field/ and /survey.
export default defineConfig({
  root: 'pages/field',
  base: '/field/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/field',
    emptyOutDir: true,
    target: 'es2020',
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: 'pages/field/index.html', survey: 'pages/field/survey.html' } },
  },
  server: { proxy: { '/api': process.env.HUB ?? 'http://127.0.0.1:8080' } },
});
