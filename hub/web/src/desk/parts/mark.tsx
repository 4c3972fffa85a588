/** The sign of the house: four cartons, the set complete. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0b5f5c" />
      <g fill="#fff">
        <rect x="7" y="7" width="8" height="8" rx="1.5" />
        <rect x="17" y="7" width="8" height="8" rx="1.5" />
        <rect x="7" y="17" width="8" height="8" rx="1.5" />
      </g>
      <rect x="17" y="17" width="8" height="8" rx="1.5" fill="#f2b84b" />
    </svg>
  );
}
