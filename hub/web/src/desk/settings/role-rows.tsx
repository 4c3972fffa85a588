// The roles of a person: which, and where each holds.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Select } from 'antd';
import { get, type Page } from '../api';
import { useWords } from '../app';
import { ChooseOrganisation } from '../parts/choose';
import { Icon } from '../parts/icons';
import { type RoleRow, useRoleName } from '../parts/names';
import { words } from './words';

export function useRoles() {
  return useQuery({ queryKey: ['roles'], staleTime: 300_000, queryFn: ({ signal }) => get<Page<RoleRow>>('/roles', signal) });
}

/** A list of the form, `roles`: `{role, organisations}`. */
export function RoleFields() {
  const w = useWords(words);
  const roleName = useRoleName();
  const roles = useRoles();
  return (
    <Form.List name="roles">
      {(fields, { add, remove }) => (
        <fieldset className="lines">
          <legend>{w.roles}</legend>
          {fields.length === 0 ? <p className="quiet">{w.noRoles}</p> : null}
          {fields.map(({ key, name }) => (
            <div key={key} className="role-line">
              <Form.Item name={[name, 'role']} rules={[{ required: true, message: w.roles }]}>
                <Select
                  aria-label={w.roles}
                  placeholder={w.roles}
                  showSearch={{ optionFilterProp: 'label' }}
                  options={roles.data?.items.map(r => ({ value: r.id, label: roleName(r) }))}
                />
              </Form.Item>
              <Form.Item name={[name, 'organisations']}>
                <ChooseOrganisation several label={w.roleWhere} placeholder={w.roleWhere} />
              </Form.Item>
              <Button
                type="text"
                aria-label={w.removeRole}
                title={w.removeRole}
                icon={<Icon name="trash" size={16} />}
                onClick={() => remove(name)}
              />
            </div>
          ))}
          <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => add({ organisations: [] })}>
            {w.addRole}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}
