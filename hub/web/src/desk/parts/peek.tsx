// A record beside its list: looked at without leaving. The list stays usable; Esc closes, the head leads to the record's own page.

import { Button } from 'antd';
import { type ReactNode, Suspense } from 'react';
import { useT } from '../app';
import { Link } from '../route';
import { Icon } from './icons';

export function Peek({ to, onClose, children }: { to: string | undefined; onClose: () => void; children: ReactNode }) {
  const t = useT();
  return (
    <aside className="peek" aria-label={t.details}>
      <div className="peek-head">
        {to ? (
          <Link to={to} className="peek-open">
            {t.openPage}
          </Link>
        ) : null}
        <span className="grow" />
        <Button type="text" aria-label={t.close} icon={<Icon name="wrong" size={16} />} onClick={onClose} />
      </div>
      <div className="peek-body">
        <Suspense fallback={<div className="page-waiting" aria-busy="true" />}>{children}</Suspense>
      </div>
    </aside>
  );
}
