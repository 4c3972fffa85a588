// Narrowing a list by tags: each condition is met by any of its tags, and all conditions must be met. What narrows the list is said beside
// its sentence and taken away there.

import { Button, Popover } from 'antd';
import { useState } from 'react';
import { useWords } from '../app';
import { Field } from '../parts/field';
import type { Filters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { conditionsOf, conditionsText } from './model';
import { TagSelect, useChoices } from './parts';
import { words } from './words';

export function TagFilter({ filters }: { filters: Filters }) {
  const w = useWords(words);
  const { tag } = useChoices();
  const [isAdding, setAdding] = useState(false);
  const conditions = conditionsOf(filters.of.tags ?? '');
  const rows = isAdding || conditions.length === 0 ? [...conditions, []] : conditions;
  const set = (next: string[][]) => filters.set('tags', conditionsText(next));
  const said = (condition: string[]) => condition.map(tag).join(w.or);
  return (
    <span className="narrowed">
      <Popover
        trigger="click"
        placement="bottomLeft"
        title={w.tagFilterTitle}
        onOpenChange={() => setAdding(false)}
        content={
          <div className="narrow-form">
            {rows.map((condition, at) => (
              <Field key={at} label={at === 0 ? w.anyOf : w.andAnyOf}>
                {id => (
                  <TagSelect
                    id={id}
                    label={at === 0 ? w.anyOf : w.andAnyOf}
                    value={condition}
                    onChange={next => {
                      setAdding(false);
                      set(rows.map((one, n) => (n === at ? next : one)));
                    }}
                  />
                )}
              </Field>
            ))}
            {rows.length === conditions.length ? (
              <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setAdding(true)}>
                {w.addCondition}
              </Button>
            ) : null}
          </div>
        }
      >
        <Button size="small" icon={<Icon name="filter" size={14} />}>
          {w.tagFilter}
        </Button>
      </Popover>
      {conditions.map((condition, at) => (
        <Button
          key={condition.join()}
          size="small"
          className="of"
          aria-label={w.stop(said(condition))}
          onClick={() => set(conditions.filter((_, n) => n !== at))}
        >
          {said(condition)} <Icon name="wrong" size={12} />
        </Button>
      ))}
    </span>
  );
}
