import { Input } from 'antd';
import { useEffect, useState } from 'react';

/** A search field that asks when the typing rests. */
export function Search({ value, onChange, placeholder }: { value: string; onChange: (q: string) => void; placeholder: string }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const wait = setTimeout(() => onChange(typed.trim()), 250);
    return () => clearTimeout(wait);
  }, [typed, value, onChange]);
  return (
    <Input.Search
      className="search"
      allowClear
      aria-label={placeholder}
      placeholder={placeholder}
      value={typed}
      onChange={e => setTyped(e.target.value)}
      onSearch={q => onChange(q.trim())}
    />
  );
}
