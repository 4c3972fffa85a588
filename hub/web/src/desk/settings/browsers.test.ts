import { expect, test } from 'vitest';
import { browserName } from './browsers';

test('browsers are called as people call them', () => {
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
  const wechat = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49';
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1';
  expect(browserName(chrome)).toBe('Chrome 138 · Windows');
  expect(browserName(`${chrome} Edg/138.0.0.0`)).toBe('Edge 138 · Windows');
  expect(browserName(wechat)).toBe('微信 8 · Android');
  expect(browserName(safari)).toBe('Safari 18 · iPhone');
});

test('what is unknown is shown as it is, and nothing is a dash', () => {
  expect(browserName('curl/8.5')).toBe('curl/8.5');
  expect(browserName(undefined)).toBe('–');
});
