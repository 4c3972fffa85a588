import { Button } from 'antd';
import { useMay, usePrefs, useWords } from '../app';
import { Card, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { useRoleName } from '../parts/names';
import { go } from '../route';
import { value } from '../values';
import { useRoles } from './role-rows';
import { breadths, words } from './words';

export default function RolesPage() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const may = useMay();
  const roleName = useRoleName();
  const roles = useRoles();
  return (
    <>
      <PageHead
        title={w.roles}
        actions={
          may('roles') ? (
            <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => go('/settings/roles/new')}>
              {w.newRole}
            </Button>
          ) : null
        }
      />
      <Card flush>
        <Loaded of={roles}>
          {({ items }) => (
            <Rows
              label={w.rolesAll}
              rows={items}
              rowKey={r => r.id}
              to={r => `/settings/roles/${r.id}`}
              columns={[
                { key: 'name', title: w.roleName, cell: r => <strong>{roleName(r)}</strong> },
                { key: 'scope', title: w.reach, cell: r => value(breadths, r.scope, lang) },
                { key: 'rights', title: w.rights, cell: r => w.rightsN(r.rights.length) },
                {
                  key: 'more',
                  title: '',
                  cell: r => (
                    <>
                      {r.codes_required ? <Tag meaning="info">{w.codes}</Tag> : null}
                      {r.built_in ? <Tag>{w.builtIn}</Tag> : null}
                    </>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
      </Card>
    </>
  );
}
