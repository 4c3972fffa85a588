import { useState } from 'preact/hooks';
import { useStore } from './app';
import { Badge, EdgeAway } from './bars';
import { createStation } from './edge';

/** Which scanner is mine: one connected to the edge, or this very device. */
export function Chooser() {
  const { t, edge, gone, lang } = useStore();
  const store = useStore();
  const [name, setName] = useState('');
  const [fault, setFault] = useState('');
  const create = async (event: Event) => {
    event.preventDefault();
    setFault('');
    try {
      store.choose(await createStation(name.trim() || t.stationExample));
    } catch (refused) {
      setFault(refused instanceof TypeError || (refused as Error).name === 'AbortError' ? t.edgeAway : (refused as Error).message);
    }
  };
  return (
    <div class="page">
      <header class="top">
        <strong>{t.title}</strong>
        <span class="grow" />
        <button
          type="button"
          class="text-button"
          lang={lang === 'en' ? 'zh-CN' : 'en'}
          onClick={() => store.setLang(lang === 'en' ? 'zh-CN' : 'en')}
        >
          {t.language}
        </button>
        {edge && !store.away ? <Badge link={edge.link} /> : null}
      </header>
      <EdgeAway />
      <main class="chooser">
        <h1>{t.chooseStation}</h1>
        <p>{gone ? t.noStation : t.chooseStationHint}</p>
        <ul>
          {store.choices.map(s => (
            <li key={s.id}>
              <button type="button" class="pick" onClick={() => store.choose(s.id)}>
                <strong>{s.name || s.id}</strong>
                <span>{s.operator?.name ?? t.nobody}</span>
                {s.device_state && s.device_state !== 'online' ? <span class="warn">! {t.deviceAway}</span> : null}
              </button>
            </li>
          ))}
        </ul>
        <form onSubmit={create}>
          <h2>{t.thisDevice}</h2>
          <p>{t.thisDeviceHint}</p>
          <label>
            {t.stationName}
            <input value={name} placeholder={t.stationExample} maxLength={40} onInput={e => setName(e.currentTarget.value)} />
          </label>
          {fault ? (
            <p class="warn" role="alert">
              ✕ {fault}
            </p>
          ) : null}
          <button type="submit" class="primary">
            {t.create}
          </button>
        </form>
      </main>
    </div>
  );
}
