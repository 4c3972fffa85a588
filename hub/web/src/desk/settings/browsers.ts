// What a browser calls itself, as people call it.

/** `Chrome 138 · Windows` of what a browser calls itself. */
export function browserName(agent: string | undefined): string {
  if (!agent) return '–';
  const found = /(Edg|OPR|MicroMessenger|Firefox|Chrome|Version)\/(\d+)/g;
  const names = new Map([...agent.matchAll(found)].map(m => [m[1], m[2]]));
  const known: [key: string, name: string][] = [
    ['MicroMessenger', '微信'],
    ['Edg', 'Edge'],
    ['OPR', 'Opera'],
    ['Firefox', 'Firefox'],
    ['Chrome', 'Chrome'],
    ['Version', 'Safari'],
  ];
  const browser = known.find(([key]) => names.has(key));
  const system = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS X', 'Linux'].find(name => agent.includes(name));
  if (!browser) return agent.slice(0, 40);
  return [`${browser[1]} ${names.get(browser[0])}`, system].filter(Boolean).join(' · ');
}
