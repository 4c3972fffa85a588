// How somebody is reached: phone and the like as the reader may see them, changed where they stand. A whole phone is called by a touch.

import { useWords } from '../app';
import { isMasked } from '../custom/model';
import { Card } from './common';
import { words } from './contact-words';
import { Inline } from './inline';
import { useReveal } from './reveal';

export interface ContactField {
  name: 'phone' | 'email' | 'address';
  label: string;
  value: string | undefined;
  /** The reader's role does not let it be changed. */
  fixed?: boolean;
}

export function ContactCard({
  path,
  fields,
  canEdit,
  stale,
  onSave,
}: {
  /** Where the record is: `/people/7`. */
  path: string;
  fields: ContactField[];
  canEdit: boolean;
  stale: string[];
  onSave: (part: Record<string, string>) => Promise<unknown>;
}) {
  const w = useWords(words);
  const { seen, button, forget, dialog } = useReveal(path);
  return (
    <Card title={w.contact}>
      <dl className="facts facts-rows">
        {fields.map(({ name, label, value, fixed }) => {
          const text = seen[name] ?? value ?? '';
          const masked = seen[name] === undefined && isMasked(text);
          return (
            <div key={name}>
              <dt>{label}</dt>
              <dd>
                <Inline
                  value={masked ? '' : text}
                  label={label}
                  canEdit={canEdit && !fixed}
                  stale={stale}
                  onSave={given => {
                    forget(name);
                    return onSave({ [name]: given });
                  }}
                >
                  <Reached name={name} text={text} isWhole={!masked} />
                </Inline>
                {masked ? button(name, label) : null}
              </dd>
            </div>
          );
        })}
      </dl>
      {dialog}
    </Card>
  );
}

function Reached({ name, text, isWhole }: { name: ContactField['name']; text: string; isWhole: boolean }) {
  if (!text) return '–';
  if (isWhole && name === 'phone') return <a href={`tel:${text.replace(/[^\d+]/g, '')}`}>{text}</a>;
  if (isWhole && name === 'email') return <a href={`mailto:${text}`}>{text}</a>;
  return <span className="break">{text}</span>;
}
