// Settings that are drafted, published and taken back: the same for custom fields and for stages.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { get, type Page, postFrom, put, Refusal, remove } from '../api';
import { usePrefs, useWords } from '../app';
import type { DraftFault } from '../custom/places';
import { words } from '../custom/words';
import { useAct } from '../parts/act';
import { Card, Hint, Loaded, Tag, Time } from '../parts/common';

export interface Drafted<D> {
  draft?: D;
  published?: D;
  number: number;
  faults?: DraftFault[];
  version: number;
}

interface Version {
  number: number;
  restores?: number;
  author: string;
  at_ms: number;
}

/** What was read of a draft, and how to change it. `empty` stands for settings that nobody has made yet. */
export function useDraft<D>(path: string, empty?: Drafted<D>) {
  const queries = useQueryClient();
  const { act, busy } = useAct();
  const key = ['draft', path];
  const asked = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      get<Drafted<D>>(path, signal).catch(fault => {
        if (empty && fault instanceof Refusal && fault.problem.status === 404) return empty;
        throw fault;
      }),
  });
  const version = asked.data?.version ?? 0;
  const take = (next: Drafted<D>) => {
    queries.setQueryData(key, next);
    for (const name of [
      'versions',
      'pipelines',
      'option-models',
      'option-model',
      'label-templates',
      'option-lists',
      'option-list',
      'item-price',
      'configured',
      'entity-form',
      'entity-columns',
      'timeline',
    ]) {
      void queries.invalidateQueries({ queryKey: [name] });
    }
    return next;
  };
  const save = async (of: D) => take(await put<Drafted<D>>(path, of, version));
  return {
    asked,
    busy,
    /** Throws what the hub refuses. */
    save,
    /** The same, told in a dialog when it is refused. */
    keep: (of: D) => act(() => save(of)),
    publish: (done: string) => act(async () => take(await postFrom<Drafted<D>>(`${path}/publish`, {}, version)), { done }),
    discard: () =>
      act(async () => {
        const next = await remove<Drafted<D> | undefined>(path, version);
        if (next) take(next);
        else await asked.refetch();
      }),
    restore: (number: number, done: string) =>
      act(async () => take(await postFrom<Drafted<D>>(`${path}/restore`, { number }, version)), { done }),
  };
}

export type Draft<D> = ReturnType<typeof useDraft<D>>;

/** Where the settings stand. */
export function DraftState<D>({ of }: { of: Drafted<D> }) {
  const w = useWords(words);
  const n = of.faults?.length ?? 0;
  return (
    <>
      {of.draft ? <Tag meaning={n ? 'wrong' : 'attention'}>{n ? w.draftFaults(n) : w.draftReady}</Tag> : null}
      <Tag meaning={of.number ? 'right' : undefined}>{of.number ? w.published(of.number) : w.notPublished}</Tag>
    </>
  );
}

/** `unsaved`: what is on the page is not what would be published. */
export function DraftActions<D>({ draft, of, unsaved = false }: { draft: Draft<D>; of: Drafted<D>; unsaved?: boolean }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [asking, setAsking] = useState<'publish' | 'discard' | null>(null);
  if (!of.draft) return null;
  const isPublish = asking === 'publish';
  return (
    <>
      <Hint text={unsaved ? w.saveFirst : ''}>
        <Button disabled={unsaved} onClick={() => setAsking('discard')}>
          {w.discard}
        </Button>
      </Hint>
      <Hint text={unsaved ? w.saveFirst : ''}>
        <Button type="primary" loading={draft.busy} disabled={unsaved || Boolean(of.faults?.length)} onClick={() => setAsking('publish')}>
          {w.publish}
        </Button>
      </Hint>
      <Modal
        open={asking !== null}
        title={isPublish ? w.publishSure : w.discard}
        okText={isPublish ? w.publish : w.discard}
        okButtonProps={{ danger: !isPublish }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setAsking(null)}
        onOk={async () => {
          await (isPublish ? draft.publish(w.isPublished) : draft.discard());
          setAsking(null);
        }}
      >
        {isPublish ? w.publishHint : w.discardSure}
      </Modal>
    </>
  );
}

/** Every version that was published; an older one can be published once more. */
export function Versions<D>({
  path,
  draft,
  of,
  hint,
  unsaved = false,
}: {
  path: string;
  draft: Draft<D>;
  of: Drafted<D>;
  hint?: string;
  unsaved?: boolean;
}) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [asking, setAsking] = useState<Version | null>(null);
  const asked = useQuery({
    queryKey: ['versions', path],
    queryFn: ({ signal }) =>
      get<Page<Version>>(`${path}/versions`, signal).catch(fault => {
        if (fault instanceof Refusal && fault.problem.status === 404) return { items: [], next: null, total: 0 };
        throw fault;
      }),
  });
  return (
    <Card title={w.versions}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="quiet">{w.notPublished}</p>
          ) : (
            <ol className="versions">
              {items.map(v => (
                <li key={v.number}>
                  <div className="grow">
                    <strong>{w.version(v.number)}</strong> {v.number === of.number ? <Tag meaning="right">{w.current}</Tag> : null}
                    <div className="quiet">
                      {v.at_ms ? (
                        <>
                          {v.author} · <Time ms={v.at_ms} />
                        </>
                      ) : (
                        w.byHub
                      )}
                      {v.restores ? ` · ${w.restores(v.restores)}` : ''}
                    </div>
                  </div>
                  {v.number === of.number ? null : (
                    <Hint text={unsaved ? w.saveFirst : ''}>
                      <Button size="small" disabled={unsaved} onClick={() => setAsking(v)}>
                        {w.restore}
                      </Button>
                    </Hint>
                  )}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      <Modal
        open={asking !== null}
        title={w.restoreSure(asking?.number ?? 0)}
        okText={w.restore}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setAsking(null)}
        onOk={async () => {
          if (asking) await draft.restore(asking.number, w.isPublished);
          setAsking(null);
        }}
      >
        {hint}
      </Modal>
    </Card>
  );
}
