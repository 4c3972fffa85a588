// Help: what each area is for and how its work is done, in steps. Pages lead here by the question mark at the top.

import { usePrefs } from '../app';
import { Card, Empty, PageHead } from '../parts/common';
import { Link } from '../route';
import { topics } from './topics';

export default function HelpPage({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const topic = topics.find(one => one.name === id);
  if (id && topic) {
    const { title, intro, tasks } = topic[lang];
    return (
      <>
        <PageHead title={title} back={{ to: '/help', label: t.help }} actions={topic.to ? <Link to={topic.to}>{t.openPage}</Link> : null} />
        <article className="help">
          <p className="help-intro">{intro}</p>
          {tasks.map(task => (
            <Card key={task.title} title={task.title}>
              <ol className="help-steps">
                {task.steps.map(step => (
                  <li key={step}>{step}</li>
                ))}
              </ol>
            </Card>
          ))}
        </article>
      </>
    );
  }
  return (
    <>
      <PageHead title={t.help} />
      {id ? <Empty title={t.notFound} /> : null}
      <ul className="help-topics">
        {topics.map(one => (
          <li key={one.name}>
            <Link to={`/help/${one.name}`}>
              <strong>{one[lang].title}</strong>
              <span className="quiet">{one[lang].intro}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
