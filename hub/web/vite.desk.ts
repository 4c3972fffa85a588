import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The hub's pages: one entry, every page its own chunk.
export default defineConfig({
  root: 'pages/desk',
  plugins: [react()],
  build: { outDir: '../../dist/desk', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 900, manifest: true },
  server: { proxy: { '/api': process.env.HUB ?? 'http://127.0.0.1:8080' } },
});
