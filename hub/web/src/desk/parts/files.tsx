// The files of a record: small pictures, uploads that tell how far they are, refusals beside the file they are about.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Select } from 'antd';
import { useRef, useState } from 'react';
import { bytes } from '../../shared/format';
import { get, type Page, query, type Right, remove } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { upload } from '../upload';
import { useAct } from './act';
import { Card, Fault, Loaded, Time } from './common';
import { Drop, Part } from './drop';
import { words } from './files-words';
import { Icon } from './icons';

interface FileRow {
  id: number;
  name: string;
  /** What it is to its record; empty for just a file. */
  kind: string;
  media: string;
  bytes: number;
  thumbnail: boolean;
  created_by: string;
  created_ms: number;
}

interface Way {
  key: number;
  name: string;
  part: number;
  stop: () => void;
  fault?: unknown;
  words?: string;
}

/** Who works on the record may add and remove its files. */
const RIGHTS = {
  items: 'import',
  tasks: 'tasks',
  exceptions: 'cases',
  customers: 'customers',
  opportunities: 'opportunities',
  tickets: 'tickets',
  contracts: 'sales',
  orders: 'sales',
} satisfies Record<string, Right>;

/** What a file may be to its record: gates ask for some of these. */
export interface FileKind {
  kind: string;
  title: string;
  title_en?: string;
}
const LIMIT = 20 * 1024 * 1024;

export function Files({
  of,
  id,
  kinds = [],
  stale = [],
}: {
  of: keyof typeof RIGHTS;
  id: number;
  kinds?: FileKind[];
  /** What is read anew when a file came or went. */
  stale?: string[];
}) {
  const w = useWords(words);
  const may = useMay();
  const queries = useQueryClient();
  const path = `/${of}/${id}/files`;
  const asked = useQuery({ queryKey: ['files', path], queryFn: ({ signal }) => get<Page<FileRow>>(path, signal) });
  const { lang } = usePrefs();
  const [ways, setWays] = useState<Way[]>([]);
  const [chosen, setKind] = useState<string | null>(null);
  // What is asked for and not there yet comes first.
  const there = asked.data?.items.map(file => file.kind) ?? [];
  const kind = chosen ?? (kinds.find(one => !there.includes(one.kind)) ?? kinds[0])?.kind ?? '';
  const titleOf = (code: string) => {
    const found = kinds.find(one => one.kind === code);
    return found ? titled(found, lang) : code;
  };
  const last = useRef(0);
  const change = (key: number, part: Partial<Way>) => setWays(all => all.map(way => (way.key === key ? { ...way, ...part } : way)));
  const forget = (key: number) => setWays(all => all.filter(way => way.key !== key));
  const send = async (file: File) => {
    last.current += 1;
    const key = last.current;
    if (file.size > LIMIT) {
      setWays(all => [...all, { key, name: file.name, part: 0, stop: () => undefined, words: w.tooLarge(file.name) }]);
      return;
    }
    const way = upload(path + query({ kind: kind || null }), {}, file, part => change(key, { part }));
    setWays(all => [...all, { key, name: file.name, part: 0, stop: way.stop }]);
    try {
      await way.done;
      forget(key);
      await queries.invalidateQueries({ queryKey: ['files', path] });
      for (const name of ['timeline', ...stale]) void queries.invalidateQueries({ queryKey: [name] });
    } catch (refused) {
      change(key, { fault: refused });
    }
  };
  const canAdd = may(RIGHTS[of]);
  return (
    <Card title={w.files}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length ? (
            <ul className="files">
              {items.map(file => (
                <File key={file.id} of={file} kind={file.kind ? titleOf(file.kind) : ''} canRemove={canAdd} stale={stale} />
              ))}
            </ul>
          ) : canAdd ? null : (
            <p className="quiet">{w.none}</p>
          )
        }
      </Loaded>
      {ways.map(way =>
        way.fault || way.words ? (
          <div key={way.key} className="part-fault">
            <strong className="break">{way.name}</strong>
            {way.words ? <p role="alert">{way.words}</p> : <Fault error={way.fault} />}
            <Button size="small" onClick={() => forget(way.key)}>
              {w.forget}
            </Button>
          </div>
        ) : (
          <Part
            key={way.key}
            name={way.name}
            part={way.part}
            label={w.sending}
            stop={() => {
              way.stop();
              forget(way.key);
            }}
          />
        ),
      )}
      {canAdd && kinds.length ? (
        <p className="file-kind">
          <span className="quiet">{w.kind}</span>{' '}
          <Select
            aria-label={w.kind}
            popupMatchSelectWidth={false}
            value={kind}
            onChange={setKind}
            options={[...kinds.map(one => ({ value: one.kind, label: titled(one, lang) })), { value: '', label: w.otherKind }]}
          />
        </p>
      ) : null}
      {canAdd ? (
        <Drop
          small
          several
          accept="image/png,image/jpeg,.pdf,.xlsx,.docx,.txt,.csv"
          action={w.add}
          hint={w.hint}
          onFiles={files => {
            for (const file of files) void send(file);
          }}
        />
      ) : null}
    </Card>
  );
}

function File({ of: file, kind, canRemove, stale }: { of: FileRow; kind: string; canRemove: boolean; stale: string[] }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { act, busy } = useAct();
  const isPicture = file.media.startsWith('image/');
  const content = `/api/v1/files/${file.id}/content`;
  const ending = file.name.split('.').pop() ?? '';
  return (
    <li className="file">
      <a
        href={isPicture ? `${content}?inline=true` : content}
        target={isPicture ? '_blank' : undefined}
        rel="noreferrer"
        download={isPicture ? undefined : file.name}
        aria-label={w.open(file.name)}
        className="file-face"
      >
        {file.thumbnail ? <img src={`/api/v1/files/${file.id}/thumbnail`} alt="" loading="lazy" /> : <span>{ending.toUpperCase()}</span>}
      </a>
      <div className="file-words">
        <span className="clip" title={file.name}>
          {file.name}
        </span>
        <span className="quiet">
          {kind ? `${kind} · ` : ''}
          {bytes(file.bytes)} · {file.created_by} · <Time ms={file.created_ms} />
        </span>
      </div>
      {canRemove ? (
        <Popconfirm
          title={w.removeSure(file.name)}
          okText={t.remove}
          cancelText={t.cancel}
          onConfirm={() => act(() => remove(`/files/${file.id}`), { done: w.removed, stale: ['files', 'timeline', ...stale] })}
        >
          <Button size="small" type="text" loading={busy} aria-label={w.remove(file.name)} icon={<Icon name="trash" size={14} />} />
        </Popconfirm>
      ) : null}
    </li>
  );
}
