// The list of settings at the left of each of them; on a phone it is the settings' first page.

import type { ReactNode } from 'react';
import { useMay, usePrefs } from '../app';
import { Icon } from '../parts/icons';
import { useNarrow } from '../parts/list';
import { Link } from '../route';
import { groups, type Section, sections } from '../settings-sections';

export default function SettingsFrame({ path, children }: { path: string; children: ReactNode }) {
  const { t, lang } = usePrefs();
  const may = useMay();
  const isNarrow = useNarrow();
  const shown = sections.filter(s => may(s.right, s.module));
  const now = shown.filter(s => path === s.to || path.startsWith(`${s.to}/`)).sort((a, b) => b.to.length - a.to.length)[0];
  const isFirst = path === '/settings';
  return (
    <div className="settings">
      {isNarrow && !isFirst ? (
        <Link to="/settings" className="back">
          <Icon name="back" size={16} />
          {t.settings}
        </Link>
      ) : (
        <nav className="settings-nav" aria-label={t.settings}>
          {(Object.keys(groups) as Section['group'][]).map(group => (
            <div key={group}>
              <h2>{groups[group][lang]}</h2>
              {shown
                .filter(s => s.group === group)
                .map(s => (
                  <Link key={s.to} to={s.to} aria-current={s === now ? 'page' : undefined}>
                    <Icon name={s.icon} size={16} />
                    {s.title[lang]}
                  </Link>
                ))}
            </div>
          ))}
        </nav>
      )}
      <div className="settings-page">{children}</div>
    </div>
  );
}
