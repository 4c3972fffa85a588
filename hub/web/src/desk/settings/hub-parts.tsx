// What the pages of jobs, schedules, channels and webhooks share: kinds of notices, sites, states as tags.

import { useQuery } from '@tanstack/react-query';
import { Form, Select, Switch } from 'antd';
import type { Meaning } from '../../shared/tokens';
import { get, type Page } from '../api';
import { usePrefs, useWords } from '../app';
import { ChooseSite } from '../parts/choose';
import { Tag } from '../parts/common';
import { sitesKnown } from '../parts/known';
import { value } from '../values';
import { deliveryStates, jobStates, messageStates, words } from './hub-words';

const meanings: Record<string, Meaning | undefined> = {
  running: 'info',
  done: 'right',
  delivered: 'right',
  sent: 'right',
  dead: 'wrong',
  failed: 'wrong',
  cancelled: 'attention',
};

export function StateTag({ of, words: names }: { of: string; words: 'job' | 'delivery' | 'message' }) {
  const { lang } = usePrefs();
  const all = { job: jobStates, delivery: deliveryStates, message: messageStates }[names];
  return <Tag meaning={meanings[of]}>{value(all, of, lang)}</Tag>;
}

/** Every kind of notice, with its name in the reader's language. */
export function useNoticeKinds(): { kind: string; name: string }[] {
  const { lang } = usePrefs();
  const asked = useQuery({
    queryKey: ['notice-kinds', lang],
    staleTime: 600_000,
    queryFn: ({ signal }) => get<Page<{ kind: string; name: string }>>('/notice-kinds', signal),
  });
  return asked.data?.items ?? [];
}

/** Names of kinds of notices; all of them when the list is empty. */
export function useKindNames(): (kinds: string[]) => string {
  const { lang } = usePrefs();
  const w = useWords(words);
  const kinds = useNoticeKinds();
  return of => (of.length ? of.map(k => kinds.find(one => one.kind === k)?.name ?? k).join(lang === 'en' ? ', ' : '、') : w.kindsAll);
}

/** Which notices, of which site, and whether it is on: the same for channels and webhooks. */
export function TellingFields() {
  const w = useWords(words);
  const kinds = useNoticeKinds();
  return (
    <>
      <Form.Item name="kinds" label={w.kinds} extra={w.kindsNamed}>
        <Select mode="multiple" allowClear placeholder={w.kindsAll} options={kinds.map(k => ({ value: k.kind, label: k.name }))} />
      </Form.Item>
      <SiteField />
      <Form.Item name="enabled" label={w.enabled} valuePropName="checked">
        <Switch />
      </Form.Item>
    </>
  );
}

export function SiteField() {
  const w = useWords(words);
  return (
    <Form.Item name="site" label={w.ofSite}>
      <ChooseSite label={w.ofSite} placeholder={w.wholeChain} />
    </Form.Item>
  );
}

export function useSiteName(): (id: number | null | undefined) => string {
  const w = useWords(words);
  const of = sitesKnown.use();
  return id => (id === undefined || id === null ? w.wholeChain : (of(id)?.name ?? String(id)));
}
