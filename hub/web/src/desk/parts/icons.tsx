// The desk's few icons, drawn on 24 × 24 with one stroke width.

const paths = {
  home: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  floor: 'M3 21V9l9-6 9 6v12M8 21v-8h8v8M8 17h8',
  tasks: 'M9 5h11M9 12h11M9 19h11M3.5 5l1 1 2-2M3.5 12l1 1 2-2M3.5 19l1 1 2-2',
  stock: 'M4 8l8-4 8 4-8 4zM4 8v8l8 4 8-4V8M12 12v8',
  items: 'M4 6v12M7 6v12M11 6v12M14 6v12M17 6v12M20 6v12',
  scans: 'M4 8V5h3M17 5h3v3M20 16v3h-3M7 19H4v-3M7 12h10',
  columns: 'M4 5h16v14H4zM10 5v14M15 5v14',
  keyboard: 'M3 7h18v10H3zM7 11v.5M11 11v.5M15 11v.5M8 14h8',
  movements: 'M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4',
  edges: 'M5 5h14v9H5zM9 20h6M12 14v6',
  exceptions: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  menu: 'M4 6h16M4 12h16M4 18h16',
  search: 'M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M16 16l5 5',
  user: 'M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21c1-5 15-5 16 0',
  back: 'M14 5l-7 7 7 7',
  right: 'M4 12l6 6L20 6',
  wrong: 'M5 5l14 14M19 5L5 19',
  attention: 'M12 4v10M12 18v1.5',
  info: 'M12 4v1.5M12 9v11',
  plus: 'M12 5v14M5 12h14',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
  empty: 'M4 9l8-5 8 5v10H4zM4 9l8 4 8-4M12 13v6',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  help: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 16.5v.5',
  person: 'M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21c1-5 15-5 16 0',
  people: 'M9 5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M2 20c1-5 13-5 14 0M16 5.5a3.5 3.5 0 0 1 0 6.5M18 15c2 .6 3.5 2 4 5',
  quotes: 'M5 3h10l4 4v14H5zM15 3v4h4M9 12h6M9 16h4',
  contracts: 'M5 3h10l4 4v14H5zM15 3v4h4M9 11h6M8 17c2-4 3 2 5-1s1 1 3 1',
  figures: 'M4 20h16M6 20v-7M11 20V5M16 20v-10',
  screen: 'M3 4h18v12H3zM8 20h8M12 16v4',
  orders: 'M6 2h12v20l-3-2-3 2-3-2-3 2zM9 7h6M9 11h6M9 15h4',
  payments: 'M3 6h18v12H3zM3 10h18M7 15h4',
  prices: 'M3 12V4a1 1 0 0 1 1-1h8l9 9-9 9zM8 6.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3',
  wrench: 'M14 7a4 4 0 0 1 5-4l-2.5 2.5 2 2L21 5a4 4 0 0 1-5.5 5L8 17.5A2 2 0 1 1 5 14.500z',
  customers: 'M9 6a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M2 21c1-5 13-5 14 0M14 3h8v6h-4l-2 2V9h-2z',
  opportunities: 'M4 19V5M4 19h16M8 15l4-5 3 3 5-7M20 10V6h-4',
  tree: 'M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4',
  edit: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4',
  up: 'M5 15l7-7 7 7',
  down: 'M5 9l7 7 7-7',
  upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v12M7 11l5 5 5-5M4 16v4h16v-4',
  filter: 'M4 5h16l-6 8v6l-4-2v-4z',
  copy: 'M8 8h12v12H8zM4 16V4h12',
};

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
