import { useQuery } from '@tanstack/react-query';
import { Form, Segmented } from 'antd';
import { get } from '../api';
import { usePrefs, useSession } from '../app';
import { Card, Facts, Loaded, PageHead, Tag } from '../parts/common';
import { Link } from '../route';
import { value, values } from '../values';

interface Health {
  ok: boolean;
  version: string;
  database: unknown;
  broker: unknown;
}

const words = (of: unknown) => (typeof of === 'string' ? of : typeof of === 'boolean' ? '' : JSON.stringify(of));

export default function SettingsPage() {
  const { t, lang, setLang, theme, setTheme } = usePrefs();
  const { user } = useSession();
  const health = useQuery({ queryKey: ['health'], queryFn: ({ signal }) => get<Health>('/health', signal) });
  const state = (of: unknown) => <Tag meaning={of === false ? 'wrong' : 'right'}>{words(of) || (of === false ? t.notOk : t.ok)}</Tag>;
  return (
    <>
      <PageHead title={t.settings} />
      <Card title={t.personal} extra={<span className="quiet">{t.onThisDevice}</span>}>
        <Form layout="vertical">
          <Form.Item label={t.language}>
            <Segmented
              aria-label={t.language}
              value={lang}
              onChange={setLang}
              options={[
                { value: 'zh-CN', label: '中文' },
                { value: 'en', label: 'English' },
              ]}
            />
          </Form.Item>
          <Form.Item label={t.theme}>
            <Segmented
              aria-label={t.theme}
              value={theme}
              onChange={setTheme}
              options={[
                { value: 'light', label: t.themeLight },
                { value: 'dark', label: t.themeDark },
                { value: 'system', label: t.themeSystem },
              ]}
            />
          </Form.Item>
        </Form>
        <p className="quiet">
          {t.signedInAs(user.name || user.login)} · {value(values.roles, user.role, lang)}
        </p>
      </Card>
      <Card title={t.health}>
        <Loaded of={health}>
          {h => (
            <Facts
              of={[
                [t.version, h.version],
                [t.database, state(h.database)],
                [t.broker, state(h.broker)],
              ]}
            />
          )}
        </Loaded>
        <Link to="/settings/api">{t.apiDocs}</Link>
      </Card>
    </>
  );
}
